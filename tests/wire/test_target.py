"""Targets that two parsers could read differently, against a plain reference."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.wire.target import TargetCheck

NAMES = ("//", "%2f", "%5c", "%3b", "%25", "%3f", "%23")
PARTS = (
    *("/", "//", ".", "..", "a", "B~", ";", "?", "=", "%41", "%2e", "%2E", "%2f", "%5C", "%3b"),
    *("%25", "%3f", "%23", "%00", "%0a", "%7f", "%c0", "%C3%A9", "%", "%4", "%zz", "%252e", "#"),
    *("\\", " ", "é", "\x7f"),
)
TARGETS = st.lists(st.sampled_from(PARTS), max_size=8).map(lambda parts: "/" + "".join(parts))
ALLOWED = st.sets(st.sampled_from(NAMES))


def doubtful(target: str, allowed: set[str]) -> bool:
    """Whether any reader that decodes once or twice and splits anywhere could see something else.

    Plain on purpose: it decodes, where the gateway only looks.
    """
    if any(not 0x21 <= ord(c) <= 0x7E or c in "#\\" for c in target):
        return True
    path = target.split("?")[0]
    raw = path.lower()
    if any(name in raw for name in NAMES if name not in allowed):
        return True
    for at, c in enumerate(path):
        if c == "%":
            digits = path[at + 1 : at + 3]
            if len(digits) < 2 or not all(d in "0123456789abcdefABCDEF" for d in digits):
                return True
            if (byte := int(digits, 16)) < 0x20 or byte in (0x7F, 0xC0, 0xC1) or byte > 0xF4:
                return True
    for decoded in (
        path.encode(),
        unquote_to_bytes(path),
        unquote_to_bytes(unquote_to_bytes(path)),
    ):
        ends = decoded.translate(bytes.maketrans(b";?#", b";;;")).replace(b"\\", b"/").split(b"/")
        if any(piece.split(b";")[0] in (b".", b"..") for piece in ends):
            return True
    return False


@pytest.mark.threat(9)
@pytest.mark.threat(10)
@given(TARGETS, ALLOWED)
@example("/a/..%2fadmin", {"%2f"})
@example("/a%5C..%5Cadmin", {"%5c"})
@example("/a/..%3bx/admin", {"%3b"})
@example("/a/%252e%252e/admin", {"%25"})
@example("/a/%25%32%65.%3fadmin", {"%25", "%3f"})
def test_rows_9_and_10_a_reference_that_decodes_agrees(target: str, allowed: set[str]) -> None:
    refused = TargetCheck(allowed).faults[target] is not None
    assert refused == doubtful(target, allowed)


@pytest.mark.threat(9)
@pytest.mark.parametrize(
    "target", ["/a/../admin", "/%2e%2e", "/x/..;y/", "/.", "/./", "/a/.%2E", "/..?x", "/%2e;/"]
)
def test_row_9_dot_segments_are_refused_whatever_is_allowed(target: str) -> None:
    assert TargetCheck(NAMES).faults[target] == "its path has a dot segment"


@pytest.mark.threat(12)
def test_row_12_a_query_may_hold_what_a_path_may_not() -> None:
    assert TargetCheck().faults["/a?x=/../%2f%00//%zz"] is None
    assert TargetCheck().faults["/a?x#f"] is not None


@pytest.mark.threat(13)
@pytest.mark.parametrize("target", ["http://evil/x", "*", "", "evil:80", "?x"])
def test_row_13_only_origin_form_is_read(target: str) -> None:
    assert TargetCheck().faults[target] == "it is not in origin-form, such as /path?query"


def test_names_that_mean_nothing_are_a_fault() -> None:
    with pytest.raises(ValueError, match="%41"):
        TargetCheck(["%41"])


@pytest.mark.threat(22)
def test_row_22_long_targets_are_not_remembered() -> None:
    check = TargetCheck()
    for length in (8, 4000):
        assert check.faults["/" + "a" * length] is None
    assert len(check.faults) == 1
