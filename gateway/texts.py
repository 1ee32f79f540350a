"""Words for people, in the language of the process.

English stands in the code, the templates and the scripts; `locale/gateway.pot` holds all of it in
one place, and a translation of it in `locale/de/LC_MESSAGES/gateway.mo` is used by a process whose
`LANGUAGE`, `LC_ALL`, `LC_MESSAGES` or `LANG` asks for it (GNU gettext).
"""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

DOMAIN = "gateway"
LOCALE = Path(__file__).parent / "locale"


@cache
def texts() -> NullTranslations:
    """Give the translation that this process speaks; English when there is none."""
    return translation(DOMAIN, LOCALE, fallback=True)


def language() -> str:
    """Give the language of `texts` as BCP 47, for `lang` of a page."""
    return texts().info().get("language", "en").replace("_", "-")


def gettext(message: str) -> str:
    """Translate a message."""
    return texts().gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """Translate a message about a number of things."""
    return texts().ngettext(one, many, number)
