"""Writes every text for people into `gateway/locale/gateway.pot`: `make texts`.

Translators begin with that file (GNU gettext). Texts are found where they are written: in
templates (`{% trans %}`, `_()`), in Python (`_()`, `ngettext()`) and in scripts (`gettext()`,
`ngettext()`); and what is said of refusals, in Python and in the policies that are shipped.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from gateway.texts import DOMAIN, LOCALE

FILE = LOCALE / f"{DOMAIN}.pot"
_PACKAGE = LOCALE.parent
_METHODS = [
    ("**/templates/**.html", "jinja2.ext:babel_extract"),
    ("**/static/htmx.js", "ignore"),
    ("**.js", "javascript"),
    ("**.py", "python"),
]
_SENTENCES = [
    ("**.cedar", "tests.sentences:policy_words"),
    ("cli/**", "ignore"),
    ("config/**", "ignore"),
    ("demo/**", "ignore"),
    ("**.py", "tests.sentences:sentences"),
]
_OPTIONS = {"**/templates/**.html": {"trimmed": "true"}}


@cache
def catalog() -> Catalog:
    """Collect the texts of the package."""
    found = Catalog(project="impersonation-gateway", domain=DOMAIN)
    methods = (_METHODS, _SENTENCES)
    texts = [each for method in methods for each in extract_from_dir(_PACKAGE, method, _OPTIONS)]
    for file, _, message, comments, context in sorted(texts, key=lambda each: (each[0], each[1])):
        found.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return found


def text_of(found: Catalog) -> str:
    """Write a catalog without what changes by itself: dates and numbers of lines."""
    written = BytesIO()
    write_po(written, found, omit_header=True, include_lineno=False, width=100)
    return written.getvalue().decode()


if __name__ == "__main__":
    FILE.write_text(text_of(catalog()), encoding="utf-8")
