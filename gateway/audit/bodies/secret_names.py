"""Names whose values are never on record, wherever they stand (threat 47).

A name is compared by its letters and digits alone, case folded: `apiKey`, `API-Key` and `api_key`
are one. What is hidden though it need not be costs a reader a word; what is shown cannot be taken
back.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from gateway.redaction.names import fold

HIDDEN: Final = "*"
"""What stands for a value that is hidden."""
HOLDING: Final = (
    "password", "passwd", "passphrase", "passcode", "secret", "token", "apikey", "accesskey",
    "privatekey", "credential", "authorization", "samlresponse", "sessionid", "sessid", "cookie",
)  # fmt: skip
"""What is in a secret's name, whatever else is: `new_password`, `csrfmiddlewaretoken`."""
WORDS: Final = (
    "pass", "pwd", "pin", "otp", "totp", "cvv", "cvc", "csc", "jwt", "bearer", "sid", "tan",
)  # fmt: skip
"""What is a word of a secret's name: `user_pin`, `otpCode`, but not `shipping`."""

_HOLDS: Final = re.compile("|".join(HOLDING))
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_STEPS: Final = re.compile(r"[\[\]./:>]+")
_LONGEST: Final = 200
_GIVEN: Final = re.compile(
    r"(?<![\w.\[\]$-])([\w.\[\]$-]++)"
    r"(?:[\"'`]\s*+,|(?:[^\w:=>/]|/\*.{0,200}?\*/|//[^\n]{0,200}\n|/)*+[:=>])",
    re.DOTALL,
)
"""A name and, behind signs and comments at most, what gives it a value: in JSON, forms, headers,
code, markup; or a quoted one and a comma, as before another argument of a call."""
_GIVES: Final = re.compile(r"[:=>%&\\,]")
# A run of backslashes is read once, from its first: it may be as long as the body.
_ESCAPE: Final = re.compile(r"(?<!\\)\\++(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_DEEPEST: Final = 3  # encodings in each other


def is_secret(name: str) -> bool:
    """Say whether a field of this name may hold a secret; one that is too long to be a name may."""
    return len(name) > _LONGEST or _is_known(name)


@lru_cache(maxsize=4096)  # of short names alone: who sends them chooses them
def _is_known(name: str) -> bool:
    folded = fold(name)
    if _HOLDS.search(folded):
        return True
    return folded in WORDS or any(word.lower() in WORDS for word in _WORD.findall(name))


class HiddenNames:
    """The names of secrets, and more of them.

    Args:
        more: what else is hidden, in any spelling; also what stands below it (`user[ssn]`).
    """

    def __init__(self, more: Iterable[str] = ()) -> None:
        self._more = frozenset(map(fold, more))

    def hides(self, name: str) -> bool:
        """Say whether the value of a field of this name is hidden."""
        if is_secret(name):
            return True
        if not self._more:
            return False
        return fold(name) in self._more or any(fold(s) in self._more for s in _STEPS.split(name))

    def are_given_in(self, text: str) -> bool:
        """Say whether a text gives one of the names a value: `password=x`, `{"pin": 1}`."""
        if _GIVES.search(text) is None:
            return False
        return any(any(map(self.hides, set(_GIVEN.findall(each)))) for each in _readings(text))

    def and_also(self, more: Iterable[str]) -> HiddenNames:
        """The same and some more."""
        joined = HiddenNames(more)
        joined._more |= self._more
        return joined


def _readings(text: str) -> Iterator[str]:
    """A text as it is, and as who undoes escapes in it reads it."""
    for _ in range(_DEEPEST):
        yield text
        before = text
        if "\\" in text:
            text = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
        if "%" in text:
            text = unquote(text)
        if "&" in text:
            text = html.unescape(text)
        if text == before:
            return
    yield text
