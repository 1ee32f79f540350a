"""The ready block lists: what each knows, in any spelling and mode, and what it leaves alone."""

from __future__ import annotations

from typing import get_args

import pytest

from gateway.model import Mode
from gateway.policy.block_lists import BlockList, routes_of, words_of
from gateway.policy.requests import RequestRule, compile_requests

EVERY: tuple[BlockList, ...] = get_args(BlockList)
RULES = compile_requests((), EVERY)

# Routes as the programs themselves have them, under the names that they are mounted by.
REAL = [
    ("GET", "/accounts/logout/", "sign_out.allauth"),
    ("DELETE", "/_allauth/browser/v1/auth/session", "sign_out.allauth"),
    ("DELETE", "/users/sign_out", "sign_out.devise"),
    ("DELETE", "/session", "sign_out.rails"),
    ("POST", "/admin/logout/", "sign_out.django"),
    ("GET", "/wp-login.php", "sign_out.wordpress"),
    ("GET", "/blog/wp-login.php", "sign_out.wordpress"),
    ("POST", "/Identity/Account/Logout", "sign_out.common"),
    ("GET", "/realms/acme/protocol/openid-connect/logout", "sign_out.keycloak"),
    ("GET", "/auth/realms/acme/protocol/openid-connect/logout/logout-confirm", "sign_out.keycloak"),
    ("DELETE", "/realms/acme/account/sessions/6f1c", "sign_out.keycloak"),
    ("GET", "/connect/endsession", "sign_out.openid"),
    ("GET", "/login/logout.php", "sign_out.moodle"),
    ("DELETE", "/user/other-browser-sessions", "sign_out.laravel"),
    ("POST", "/logout", "sign_out.common"),
    ("POST", "/de/sign-out", "sign_out.common"),
    ("GET", "/logout.json", "sign_out.common"),
    ("GET", "/app/Logout.do", "sign_out.common"),
    ("POST", "/api/auth/signout", "sign_out.common"),
    ("GET", "/oauth2/sign_out", "sign_out.common"),
    ("PUT", "/user/password", "password.laravel"),
    ("POST", "/reset-password", "password.laravel"),
    ("GET", "/users/password/edit", "password.devise"),
    ("PATCH", "/users", "password.devise"),
    ("POST", "/users", "password.devise"),
    ("GET", "/admin/auth/user/7/password/", "password.django"),
    ("POST", "/accounts/reset/Nw/c3-9d1/", "password.django"),
    ("POST", "/accounts/password/change/", "password.allauth"),
    ("POST", "/Identity/Account/Manage/ChangePassword", "password.aspnet"),
    ("POST", "/auth/users/set_password/", "password.djoser"),
    ("POST", "/realms/acme/login-actions/required-action", "password.keycloak"),
    ("POST", "/wp-json/wp/v2/users/me", "password.wordpress"),
    ("GET", "/.well-known/change-password", "password.common"),
    ("GET", "/settings/password", "password.common"),
    ("POST", "/accounts/email/", "email.allauth"),
    ("PUT", "/user/profile-information", "email.laravel"),
    ("POST", "/Identity/Account/Manage/Email", "email.aspnet"),
    ("POST", "/auth/users/set_email/", "email.djoser"),
    ("POST", "/realms/acme/account", "email.keycloak"),
    ("POST", "/settings/emails", "email.common"),
    ("GET", "/accounts/2fa/totp/activate/", "mfa.allauth"),
    ("GET", "/user/two-factor-qr-code", "mfa.laravel"),
    ("POST", "/Identity/Account/Manage/Disable2fa", "mfa.aspnet"),
    ("GET", "/account/two_factor/setup/", "mfa.django"),
    ("POST", "/settings/security/webauthn/register", "mfa.common"),
    ("GET", "/wp-admin/authorize-application.php", "api_keys.wordpress"),
    ("POST", "/realms/acme/clients-registrations/default", "api_keys.keycloak"),
    ("POST", "/settings/api-keys/new", "api_keys.common"),
    ("GET", "/oauth/authorize", "tokens.common"),
    ("POST", "/oauth/token", "tokens.common"),
    ("POST", "/oauth2/token", "tokens.spring"),
    ("GET", "/oauth/applications/new", "tokens.doorkeeper"),
    ("POST", "/o/token/", "tokens.django"),
    ("POST", "/connect/token", "tokens.aspnet"),
    ("POST", "/realms/acme/protocol/openid-connect/token", "tokens.keycloak"),
    ("POST", "/oauth/personal-access-tokens", "tokens.laravel"),
    ("POST", "/-/user_settings/personal_access_tokens", "tokens.common"),
]


@pytest.mark.threat(25)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(("method", "path", "rule"), REAL)
def test_row_25_a_real_route_is_blocked_in_every_mode(
    method: str, path: str, rule: str, mode: Mode
) -> None:
    name: BlockList = rule.partition(".")[0]  # type: ignore[assignment]  # ids begin with it
    alone = compile_requests((), (name,))
    assert alone.decide(method, path, mode) == (False, rule, "blocked_by_rule")


@pytest.mark.threat(25)
@pytest.mark.parametrize(
    "path",
    ["/LOGOUT", "/%6cogout", "/logout;x=1", "//logout", "/logout/.", "/app%2flogout", "/logout%00"],
)
def test_row_25_a_ready_block_holds_in_any_spelling(path: str) -> None:
    assert RULES.decide("GET", path, Mode.READ_WRITE).code == "blocked_by_rule"


@pytest.mark.threat(25)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/users/sign_out.png"),
        ("GET", "/users/sign_out.anything"),
        ("GET", "/logout.a.b"),
        ("GET", "/wp-login.php/x"),
        ("POST", "/oauth/token%2exml"),
        ("POST", "/index.php/oauth/clients"),
        ("PATCH", "/users.json"),
    ],
)
def test_row_25_a_ready_block_holds_with_any_ending_and_around_scripts(
    method: str, path: str
) -> None:
    assert RULES.decide(method, path, Mode.READ_WRITE).code == "blocked_by_rule"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/static/logout.js"),
        ("GET", "/img/password.svg"),
        ("GET", "/users"),
        ("GET", "/session"),
        ("GET", "/api/auth/session"),
        ("GET", "/wp-admin/profile.php"),
        ("GET", "/tokenizer"),
        ("GET", "/help/passwordless-entry-systems"),
        ("POST", "/contacts/7/edit"),
        ("POST", "/email"),
        ("GET", "/sessions/12"),
    ],
)
def test_what_is_none_of_this_passes(method: str, path: str) -> None:
    assert RULES.decide(method, path, Mode.READ_WRITE).allowed


def test_a_site_has_only_the_lists_that_it_takes() -> None:
    rules = compile_requests((), ("tokens",))
    assert rules.decide("POST", "/logout", Mode.READ_WRITE).allowed
    assert not rules.decide("POST", "/oauth/token", Mode.READ_WRITE).allowed


def test_a_sites_own_block_is_named_before_a_list() -> None:
    own = RequestRule(id="own", effect="block", methods=("ANY",), path="/logout")
    assert compile_requests([own], EVERY).decide("GET", "/logout", Mode.READ_ONLY).rule == "own"


def test_lists_are_told_in_few_words() -> None:
    assert compile_requests((), ("sign_out", "mfa")).blocked(Mode.READ_ONLY) == (
        "every change",
        "signing out and second factors",
    )


def test_every_list_has_words_and_routes() -> None:
    assert len({words_of(name) for name in EVERY}) == len(EVERY)
    for name in EVERY:
        rules = [route.rule for route in routes_of(name)]
        assert rules[-1] == f"{name}.common"
