from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.bodies.form_data import FormPart, boundary_of, parts_of
from gateway.errors import Unreadable


def written(parts: list[FormPart]) -> bytes:
    """A form as browsers write it."""
    out = b""
    for part in parts:
        out += b'--B\r\nContent-Disposition: form-data; name="' + part.name.encode() + b'"'
        out += b'; filename="' + part.file.encode() + b'"' if part.file is not None else b""
        out += b"\r\nContent-Type: " + part.media.encode() if part.media is not None else b""
        out += b"\r\n\r\n" + part.content + b"\r\n"
    return out + b"--B--\r\n"


NAMES = st.text(st.sampled_from("aé[]_ ;="), max_size=5)
PARTS = st.builds(
    FormPart,
    NAMES,
    st.none() | NAMES,
    st.none() | st.just("text/plain; charset=utf-8"),
    st.binary(max_size=20).filter(lambda content: b"--B" not in content),
)


@given(st.lists(PARTS, min_size=1, max_size=5))
def test_the_parts_are_those_that_were_written(parts: list[FormPart]) -> None:
    assert parts_of(written(parts), b"B") == parts


def test_only_a_multipart_form_has_a_boundary() -> None:
    assert boundary_of(b'Multipart/Form-Data; boundary="a:b"') == b"a:b"
    assert boundary_of(b"multipart/mixed; boundary=B") is None
    assert boundary_of(b"application/json") is None
    for odd in (b"", b"; charset=x", b"; boundary=a; boundary=b", b"; boundary=a b"):
        with pytest.raises(Unreadable):
            boundary_of(b"multipart/form-data" + odd)


HEAD = b'--B\r\nContent-Disposition: form-data; name="a"'


@pytest.mark.threat(47)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x" + HEAD + b"\r\n\r\n1\r\n--B--",
        HEAD + b"\r\n\r\n1\r\n--B",
        HEAD + b"\r\n\r\n1\r\n--B--\r\nx",
        HEAD + b"\r\n\r\n1\n--B--",
        HEAD + b"\r\n\r\n1--B2\r\n--B--",
        HEAD + b"\n\r\n\r\n1\r\n--B--",
        HEAD + b"; name=b\r\n\r\n1\r\n--B--",
        HEAD + b"; filename*=utf-8''x\r\n\r\n1\r\n--B--",
        HEAD + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n1\r\n--B--",
        HEAD + b"\r\nContent-Type: a/b\r\nContent-Type: a/c\r\n\r\n1\r\n--B--",
        HEAD.replace(b'"a"', b'"\xff"') + b"\r\n\r\n1\r\n--B--",
        (HEAD + b"\r\n\r\n1\r\n") * 1001 + b"--B--",
    ],
    ids=range(13),
)
def test_row_47_what_readers_could_take_apart_differently_is_not_read(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parts_of(body, b"B")
