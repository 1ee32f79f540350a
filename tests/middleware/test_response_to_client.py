"""What an ordinary client gets of a response's header fields."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.errors import UpstreamError
from gateway.middleware.response_to_client import lines, pass_through_lines, told_length
from gateway.model import ResponseHead


def head(*headers: tuple[bytes, bytes], status: int = 200) -> ResponseHead:
    return ResponseHead(status=status, reason=b"OK", headers=headers)


def test_fields_named_by_the_apps_connection_stay_behind() -> None:
    fields = ((b"Connection", b"close, X-Hop"), (b"X-Hop", b"1"), (b"X-Stays", b"1"))
    said = replace(head(*fields), of_connection=frozenset((b"x-hop",)))
    assert pass_through_lines(said) == b"X-Stays: 1\r\n"


def test_an_ordinary_response_goes_as_it_is() -> None:
    fields = ((b"ETag", b'"x"'), (b"Set-Cookie", b"a=b"), (b"set-cookie", b"c=d"))
    assert (
        pass_through_lines(head(*fields)) == b'ETag: "x"\r\nSet-Cookie: a=b\r\nset-cookie: c=d\r\n'
    )


def test_fields_go_on_the_wire_in_order() -> None:
    assert lines([(b"A", b"1"), (b"b", b"")]) == b"A: 1\r\nb: \r\n"


def test_a_length_is_told_as_a_get_would() -> None:
    told = head((b"content-length", b"9"))
    assert told_length(told, "HEAD", 0) == 9
    assert told_length(told, "GET", 3) == 3
    assert told_length(replace(told, status=304), "GET", 0) == 9
    assert told_length(head(), "HEAD", 0) is None
    with pytest.raises(UpstreamError, match="ambiguous_answer"):
        told_length(head((b"Content-Length", b"9"), (b"content-length", b"9")), "HEAD", 0)
