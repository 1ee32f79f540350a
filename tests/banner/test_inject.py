from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.banner import inject as at_once
from gateway.banner.inject import Injector
from gateway.errors import Unreadable

BAR = b"[bar]"


def inject(*pieces: bytes) -> bytes:
    injector = Injector(BAR)
    return b"".join(map(injector.feed, pieces)) + injector.close()


@pytest.mark.threat(38)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<!doctype html>", b"<html><body>x"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", b"\n<p>x"),
        (b"\r\n \t<!-- a > b --><!DocType HTML PUBLIC 'a>", b"b'><p>x"),
        (b"<?xml version='1.0'?>\n<!DOCTYPE html>", b"<html>"),
        (b"<!ELEMENT x><!doctype html>", b"<html>"),
        (b"</?><!doctype html>", b"<html>"),
        (b"<!-- --!><!doctype html>", b"<html>"),
        (b"<!----!><!doctype html>", b"<html>"),
        (b"<!--><!doctype html>", b"<html>"),
        (b"<!---><!doctype html>", b"<html>"),
        (b"<!--" + b"x" * 100_000 + b"--><!doctype html>", b"<html>"),
        (b"<!doctypehtml>", b"<html>"),
        (b"<![CDATA[ ]]><!doctype html>", b"<html>"),
        (b"", b"<html><!doctype html>"),
        (b"", b"<script>'<!doctype html>'</script>"),
        (b"<!-- no doctype -->", b"<p>x"),
        (b"", b"text <!doctype html>"),
        (b" ", b"</p><!doctype html>"),
        (b"", b"< !doctype html>"),
        (b"\xef\xbb\xbf", b"\xef\xbb\xbf<!doctype html>"),
        (b"<!--!><!doctype html><script>--><!doctype html>", b"<html>"),
        (b"<!---!><script>--><!doctype html>", b"<html>"),
        (b"<!-- <!--><!doctype html>", b"<html>"),
        (b"", b""),
        (b"  ", b""),
        (b"", b"<"),
    ],
)
def test_the_bar_goes_right_after_the_doctype_or_before_the_first_markup(
    before: bytes, after: bytes
) -> None:
    assert inject(before + after) == before + BAR + after


@pytest.mark.parametrize(
    ("document", "closed"),
    [
        (b"<!-- never", b"<!-- never-->"),
        (b"<!--", b"<!---->"),
        (b"<!doctype html", b"<!doctype html>"),
        (b"<!", b"<!>"),
        (b"<?php", b"<?php>"),
    ],
)
def test_a_document_that_ends_before_it_begins_has_the_bar_as_its_body(
    document: bytes, closed: bytes
) -> None:
    assert inject(document) == closed + BAR


WORDS = [b"<", b"!", b"-", b"--", b">", b"?", b"/", b"a", b" ", b"doctype", b"<!--", b"-->", b"'"]
MARKS = [b"\xef", b"\xbb", b"\xbf", b"\xff", b"\0", b"<!doctype html>"]
PIECES = st.lists(st.sampled_from([*WORDS, *MARKS]), max_size=30)


@pytest.mark.threat(38)
@settings(deadline=None)
@given(PIECES, st.data())
def test_the_output_does_not_depend_on_the_cuts(pieces: list[bytes], data: st.DataObject) -> None:
    document = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(document)))))

    def outcome(put_in: Callable[..., bytes], *parts: bytes) -> bytes | None:
        try:
            return put_in(*parts)
        except Unreadable:
            return None

    parts = [document[a:b] for a, b in zip([0, *cuts], [*cuts, len(document)], strict=True)]
    assert outcome(inject, *parts) == outcome(at_once.inject, document, BAR)


@settings(deadline=None)
@given(PIECES)
def test_the_document_itself_is_unchanged(pieces: list[bytes]) -> None:
    document = b"".join(pieces)
    try:
        before, bar, after = inject(document).partition(BAR)
    except Unreadable:
        return
    assert bar == BAR
    assert document.startswith(before) or not after
    assert (before + after).startswith(document)


def test_what_is_decided_is_passed_on_at_once() -> None:
    injector = Injector(BAR)

    assert injector.feed(b"<!doctype html><p>first") == b"<!doctype html>" + BAR + b"<p>first"
    assert injector.feed(b"<p>second") == b"<p>second"


def test_an_endless_comment_is_not_gathered() -> None:
    injector = Injector(BAR)
    injector.feed(b"<!--")

    assert sum(len(injector.feed(b"x" * 1000)) for _ in range(100)) > 99_000


@pytest.mark.threat(35)
@pytest.mark.parametrize(
    "document",
    [
        "<!doctype html>".encode("utf-16"),
        "<!doctype html>".encode("utf-16-be"),
        " <!doctype html>".encode("utf-16-le"),
        "\ufeff<p>".encode("utf-16-be"),
        "<p>".encode("utf-32"),
        b"<!-- \x1b$B-->\x1b(B --><!doctype html>",
    ],
)
def test_threat_35_a_document_in_which_the_bar_would_not_be_read_is_refused(
    document: bytes,
) -> None:
    with pytest.raises(Unreadable):
        inject(document)
