"""Ready block lists: where apps sign out, change credentials and mint keys (threat row 25).

What an operator does there would outlive the session, or end the user's own. The routes are those
of common frameworks and identity servers, as their documentation and sources name them; `common`
holds what apps call them otherwise. A site takes lists by name, and they hold in every mode.

Paths only: an app that signs out by a query alone (`/index.php?do=logout`) needs its page blocked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

from gateway.policy.paths import PathPattern
from gateway.texts import gettext as _

BlockList = Literal["sign_out", "password", "email", "mfa", "api_keys", "tokens"]

CHANGES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""All of them at once: a form's `_method` can turn a POST into any other."""

_FORMAT: Final = re.compile(r"\.[^/]+")
"""What apps take behind a route's name: `/logout.json`. Rails takes anything, and so did Spring."""
_NO_FILE: Final = re.compile(
    r"\.(?!(?:js|mjs|css|map|svg|png|jpe?g|gif|webp|avif|ico|woff2?|ttf|otf|mp[34]|webm)\Z)[^/]+"
)
"""The same but for files of a page, which share words with routes: `/static/password.js`."""


class ReadyBlock(NamedTuple):
    """One route of a list: the rule's id such as `sign_out.devise`, its methods and its path.

    `methods` is None for every one. `path`: a pattern of `gateway.policy.paths`.
    """

    rule: str
    methods: frozenset[str] | None
    path: str


_ONLY: Final = "changing "
"""Before a path that may be looked at."""

_ROUTES: Final[Mapping[BlockList, Mapping[str, tuple[str, ...]]]] = {
    "sign_out": {
        "allauth": ("/**/accounts/logout", "changing /_allauth/*/v1/auth/session"),
        "aspnet": ("/**/account/logoff", "/**/account/signout", "/**/signout-oidc"),
        "devise": ("/**/users/sign_out", "/**/admins/sign_out"),
        "django": ("/**/admin/logout",),
        "keycloak": (
            "/**/realms/*/protocol/openid-connect/logout/**",
            "changing /**/realms/*/account/sessions/**",
        ),
        "laravel": ("changing /**/user/other-browser-sessions",),
        "moodle": ("/**/login/logout.php",),
        "openid": ("/**/connect/endsession", "/**/session/end", "/**/end-session"),
        "rails": ("changing /session", "changing /**/users/session"),
        "wordpress": ("/**/wp-login.php", "/**/my-account/customer-logout"),
        "common": (
            "/**/logout",
            "/**/log-out",
            "/**/log_out",
            "/**/logoff",
            "/**/log-off",
            "/**/logoutall",
            "/**/logout-all",
            "/**/signout",
            "/**/sign-out",
            "/**/sign_out",
            "/**/signoff",
            "/**/sign-off",
        ),
    },
    "password": {
        "allauth": ("/**/accounts/password/**", "/_allauth/*/v1/account/password/**"),
        "aspnet": (
            "/**/account/manage/changepassword",
            "/**/account/manage/setpassword",
            "changing /**/manage/info",
        ),
        "devise": ("/users/edit", "changing /users", "/**/users/password/**"),
        "django": (
            "/**/password_change/**",
            "/**/password_reset/**",
            "/**/reset/*/*",
            "/**/auth/user/*/password",
        ),
        "djoser": ("/**/users/set_password", "/**/users/reset_password/**"),
        "keycloak": ("/**/realms/*/account/credentials/**", "/**/realms/*/login-actions/**"),
        "laravel": ("/**/user/password", "/**/forgot-password", "/**/reset-password/**"),
        "wordpress": (
            "/**/wp-login.php",
            "changing /**/wp-admin/profile.php",
            "changing /**/wp-admin/user-edit.php",
            "changing /**/wp-json/wp/v2/users/**",
            "/**/my-account/lost-password",
            "changing /**/my-account/edit-account",
        ),
        "common": (
            "/**/password/**",
            "/**/passwords/**",
            "/**/password-change/**",
            "/**/password-reset/**",
            "/**/change-password/**",
            "/**/change_password/**",
            "/**/changepassword/**",
            "/**/forgot_password/**",
            "/**/forgotpassword/**",
            "/**/reset_password/**",
            "/**/resetpassword/**",
            "/**/set-password/**",
            "/**/set_password/**",
            "/**/setpassword/**",
            "/**/update-password/**",
            "/**/update_password/**",
            "/**/updatepassword/**",
        ),
    },
    "email": {
        "allauth": (
            "/**/accounts/email/**",
            "/**/accounts/confirm-email/**",
            "/_allauth/*/v1/account/email/**",
            "/_allauth/*/v1/account/phone/**",
        ),
        "aspnet": (
            "/**/account/manage/email",
            "/**/account/manage/changeemail",
            "/**/account/confirmemailchange",
            "changing /**/manage/info",
        ),
        "devise": ("/users/edit", "changing /users", "/**/users/confirmation/**"),
        "djoser": (
            "/**/users/set_email",
            "/**/users/reset_email/**",
            "/**/users/set_username",
            "/**/users/reset_username/**",
        ),
        "keycloak": ("changing /**/realms/*/account", "/**/realms/*/login-actions/**"),
        "laravel": (
            "changing /**/user/profile-information",
            "changing /profile",
            "/**/verify-email/**",
            "/**/email/verify/**",
        ),
        "wordpress": (
            "changing /**/wp-admin/profile.php",
            "changing /**/wp-admin/user-edit.php",
            "changing /**/wp-json/wp/v2/users/**",
            "changing /**/my-account/edit-account",
        ),
        "common": (
            "/**/account/email/**",
            "/**/profile/email/**",
            "/**/settings/email/**",
            "/**/settings/emails/**",
            "/**/user/email/**",
            "/**/user/emails/**",
            "/**/change-email/**",
            "/**/change_email/**",
            "/**/changeemail/**",
            "/**/email-change/**",
            "/**/email/change/**",
            "/**/update-email/**",
            "/**/update_email/**",
            "/**/updateemail/**",
        ),
    },
    "mfa": {
        "allauth": ("/**/accounts/2fa/**", "/_allauth/*/v1/account/authenticators/**"),
        "aspnet": (
            "/**/account/manage/twofactorauthentication",
            "/**/account/manage/enableauthenticator",
            "/**/account/manage/resetauthenticator",
            "/**/account/manage/generaterecoverycodes",
            "/**/account/manage/showrecoverycodes",
            "/**/account/manage/disable2fa",
            "/**/account/manage/passkeys/**",
        ),
        "devise": ("/**/users/otp/**", "/**/users/two_factor_settings/**"),
        "django": ("/**/account/two_factor/**",),
        "keycloak": ("/**/realms/*/account/credentials/**", "/**/realms/*/login-actions/**"),
        "laravel": (
            "/**/user/two-factor-authentication",
            "/**/user/confirmed-two-factor-authentication",
            "/**/user/two-factor-qr-code",
            "/**/user/two-factor-secret-key",
            "/**/user/two-factor-recovery-codes",
        ),
        "wordpress": ("changing /**/wp-admin/profile.php",),
        "common": (
            "/**/mfa/**",
            "/**/2fa/**",
            "/**/two-factor/**",
            "/**/two_factor/**",
            "/**/twofactor/**",
            "/**/two-factor-auth/**",
            "/**/two_factor_auth/**",
            "/**/two-factor-authentication/**",
            "/**/totp/**",
            "/**/otp/**",
            "/**/authenticators/**",
            "/**/webauthn/**",
            "/**/passkeys/**",
            "/**/security-keys/**",
            "/**/security_keys/**",
            "/**/backup-codes/**",
            "/**/backup_codes/**",
            "/**/recovery-codes/**",
            "/**/recovery_codes/**",
        ),
    },
    "api_keys": {
        "keycloak": ("/**/realms/*/clients-registrations/**",),
        "wordpress": (
            "/**/wp-admin/authorize-application.php",
            "/**/wp-json/wp/v2/users/*/application-passwords/**",
            "/**/wc-auth/**",
        ),
        "common": (
            "/**/api-key/**",
            "/**/api_key/**",
            "/**/apikey/**",
            "/**/api-keys/**",
            "/**/api_keys/**",
            "/**/apikeys/**",
            "/**/access-keys/**",
            "/**/access_keys/**",
            "/**/ssh-keys/**",
            "/**/ssh_keys/**",
            "/**/deploy-keys/**",
            "/**/deploy_keys/**",
            "/**/app-passwords/**",
            "/**/application-passwords/**",
        ),
    },
    "tokens": {
        "aspnet": (
            "/**/connect/authorize/**",
            "/**/connect/token",
            "/**/connect/deviceauthorization",
            "changing /refresh",
        ),
        "django": (
            "/o/authorize",
            "/o/token",
            "/o/device-authorization",
            "/o/applications/**",
            "/o/authorized_tokens/**",
            "/**/api-token-auth",
            "/**/auth/jwt/create",
            "/**/auth/jwt/refresh",
        ),
        "doorkeeper": ("/oauth/applications/**", "/oauth/authorized_applications/**"),
        "keycloak": (
            "/**/realms/*/protocol/openid-connect/auth/**",
            "/**/realms/*/protocol/openid-connect/token/**",
        ),
        "laravel": (
            "/oauth/personal-access-tokens/**",
            "/oauth/clients/**",
            "/**/user/api-tokens/**",
            "/**/sanctum/token",
        ),
        "spring": ("/oauth2/authorize", "/oauth2/token", "/oauth2/device_authorization"),
        "wordpress": ("/**/wp-json/jwt-auth/v1/token/**",),
        "common": (
            "/**/oauth/authorize/**",
            "/**/oauth/token/**",
            "/**/oauth2/authorize/**",
            "/**/oauth2/token/**",
            "/**/token",
            "/**/token/refresh",
            "/**/tokens/**",
            "/**/api-token/**",
            "/**/api-tokens/**",
            "/**/api_tokens/**",
            "/**/access-token/**",
            "/**/access-tokens/**",
            "/**/access_tokens/**",
            "/**/personal-access-tokens/**",
            "/**/personal_access_tokens/**",
            "/**/refresh-token",
            "/**/refresh_token",
        ),
    },
}


def words_of(name: BlockList) -> str:
    """Say what a list blocks, for people."""
    words: Mapping[BlockList, str] = {
        "sign_out": _("signing out"),
        "password": _("passwords"),
        "email": _("e-mail addresses"),
        "mfa": _("second factors"),
        "api_keys": _("API keys"),
        "tokens": _("access tokens"),
    }
    return words[name]


def routes_of(name: BlockList) -> Iterator[ReadyBlock]:
    """The routes of one list, those of named programs first."""
    for family, paths in _ROUTES[name].items():
        for said in paths:
            path = said.removeprefix(_ONLY)
            yield ReadyBlock(f"{name}.{family}", None if path == said else CHANGES, path)


def patterns_of(name: BlockList) -> Iterator[tuple[ReadyBlock, PathPattern]]:
    """The routes of one list with their patterns: of what is looked at, files of a page pass."""
    for block in routes_of(name):
        if block.methods is None:
            yield block, PathPattern(block.path, _NO_FILE)
        yield block._replace(methods=CHANGES), PathPattern(block.path, _FORMAT)
