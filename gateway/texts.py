"""Words for people, in the language of the process.

English stands in the code, the templates and the scripts; `locale/gateway.pot` holds all of it in
one place, and a translation of it in `locale/de/LC_MESSAGES/gateway.mo` is used by a process whose
`LANGUAGE`, `LC_ALL`, `LC_MESSAGES` or `LANG` asks for it (GNU gettext).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations, translation
from pathlib import Path

DOMAIN = "gateway"
LOCALE = Path(__file__).parent / "locale"
_FIELD = re.compile(r"\{(\w+)\}")
_LONGEST = 1000
"""Characters of a sentence with values in it; a longer one stays English."""

Patterns = Sequence[tuple[re.Pattern[str], str]]


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


def translated(sentence: str) -> str:
    """Translate a sentence that was said in English, with values in it perhaps.

    Records and programs get what is refused in English; pages say it in the process's language.
    What no message of the catalog is like stays as it is: a customer's policies have words of their
    own.
    """
    spoken = texts()
    if not sentence or not isinstance(spoken, GNUTranslations):
        return sentence
    whole = spoken.gettext(sentence)
    if whole != sentence or len(sentence) > _LONGEST:
        return whole
    for pattern, message in _patterns(spoken):
        if found := pattern.fullmatch(sentence):
            values = {name: translated(value) for name, value in found.groupdict().items()}
            return _filled(spoken.gettext(message), values)
    return sentence


def _filled(message: str, values: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda field: values.get(field[1], field[0]), message)


@cache
def _patterns(spoken: GNUTranslations) -> Patterns:
    catalog: dict[object, str] = spoken._catalog  # type: ignore[attr-defined]
    return patterns_of(each for each in catalog if isinstance(each, str))


def patterns_of(messages: Iterable[str]) -> Patterns:
    """Give what finds sentences made of messages with names in braces, the most telling first."""
    found = [each for each in messages if _FIELD.search(each)]
    found.sort(key=lambda each: len(_FIELD.sub("", each)), reverse=True)
    return [(_pattern(each), each) for each in found]


def _pattern(message: str) -> re.Pattern[str]:
    literal, *rest = _FIELD.split(message)
    source, seen = re.escape(literal), set[str]()
    for name, after in zip(rest[::2], rest[1::2], strict=True):
        source += f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
        source += re.escape(after)
        seen.add(name)
    return re.compile(source, re.DOTALL)
