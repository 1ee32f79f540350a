"""Links in styles and scripts, against a reference that looks at every place by itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.middleware.links.mapper import links_in
from tests.middleware.links.support import API, APP, OWN, OWN_API, mapped

QUOTES = ('"', "'", "`", "(", "&quot;", "\\u0022", "&#39;")
SLASHES = ("/", "\\/", "\\u002F", "&#x2f;")
ENDS = ("/", "?", "#", "\\", '"', "'", "`", ")", " ", "<", "${", "&quot;")


NAMES = {OWN: APP, OWN_API: API}
BEGINNINGS = ["".join(parts) for parts in product(("https:", "wss:", ""), SLASHES, SLASHES)]


def reference(text: str) -> str:
    """Map the plain way: try every beginning at every place."""
    out, at = "", 0
    while at < len(text):
        length, own = next(_addresses(text, at), (1, ""))
        out += text[at : at + length] + own
        at += length + (len(NAMES[own]) if own else 0)
    return out


def _addresses(text: str, at: int) -> Iterator[tuple[int, str]]:
    """What comes before the host of an address that begins here, and the session's host for it."""
    if not text[:at].lower().endswith(QUOTES):
        return
    for begin, own in product(BEGINNINGS, NAMES):
        address = (begin + NAMES[own]).lower()
        after = text[at + len(address) :].lower()
        said = text[at : at + len(address)].lower()
        if said == address and (not after or after.startswith(ENDS)):
            yield len(begin), own


TEXT = st.lists(
    st.sampled_from(
        [*QUOTES, *SLASHES, "https:", "wss:", APP, API, API.upper(), *ENDS, "x", ".", "@", ":", "="]
    ),
    max_size=24,
).map("".join)


@given(TEXT, st.lists(st.integers(0, 400), min_size=1, max_size=6))
def test_links_are_those_that_the_reference_finds_in_any_cut(text: str, cuts: list[int]) -> None:
    assert mapped("text", text.encode(), cuts) == reference(text).encode()


@given(
    st.sampled_from(QUOTES),
    st.sampled_from(["https:", "wss:", ""]),
    st.sampled_from(SLASHES),
    st.sampled_from([(APP, OWN), (API, OWN_API)]),
    st.sampled_from(ENDS),
)
def test_a_value_that_begins_with_an_address_is_mapped(
    quote: str, scheme: str, slash: str, host: tuple[str, str], end: str
) -> None:
    said = f"a{quote}{scheme}{slash}{slash}%s{end}b"
    assert mapped("text", (said % host[0]).encode()) == (said % host[1]).encode()


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        (b"text/html; charset=utf-8", "markup"),
        (b"TEXT/HTML", "markup"),
        (b"text/css", "text"),
        (b"text/javascript;charset=utf-8", "text"),
        (b"application/x-javascript", "text"),
        (b"application/json", ""),
        (b"text/html5", ""),
        (b"text/plain", ""),
        (b"", ""),
    ],
)
def test_data_holds_no_links_to_map(content_type: bytes, kind: str) -> None:
    assert links_in(content_type) == kind
