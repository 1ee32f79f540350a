"""The token of a user's forms: bound to the user, the site, the page's origin, and for hours.

A user has no sign-in of the gateway's own whose secret could be the token's. So it is made with a
key of the gateway (law 12, threat 44).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

import msgspec

from gateway.console.consent_services import Recognised
from gateway.errors import Refused

_LIFE_MS: Final = 12 * 3_600_000
_TOKEN: Final = re.compile(r"([0-9]{1,15})\.([0-9a-f]{64})")


class UserTokens:
    """Makes and checks them.

    Args:
        key: 32 bytes that nobody else has.
        origin: of the page.
    """

    def __init__(self, key: bytes, origin: str) -> None:
        self._key = key
        self._origin = origin

    def make(self, caller: Recognised, now_ms: int) -> str:
        """Give a token that is good for twelve hours."""
        until = now_ms + _LIFE_MS
        return f"{until}.{self._code(caller, until)}"

    def check(self, given: str, caller: Recognised, now_ms: int) -> None:
        """Compare in constant time.

        Raises:
            Refused: `form_token`.
        """
        found = _TOKEN.fullmatch(given)
        until = int(found[1]) if found is not None else 0
        code = self._code(caller, until)
        if found is None or now_ms >= until or not hmac.compare_digest(found[2], code):
            raise Refused(
                "form_token",
                "The form's token is missing, too old, or another user's, so nothing was done.",
                "Open the page again and repeat what you wanted to do there.",
            )

    def _code(self, caller: Recognised, until: int) -> str:
        said = msgspec.json.encode([self._origin, caller.site, caller.user.id, until])
        return hmac.new(self._key, b"gateway consent " + said, hashlib.sha256).hexdigest()
