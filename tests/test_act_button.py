import asyncio

from hypothesis import given
from hypothesis import strategies as st

from gateway.act_button import WithButton
from gateway.model import ResponseHead

HEAD = ResponseHead(status=200, reason=b"OK", headers=())
URL = "https://crm.example.com/_gateway/act.js"
TAG = f"<script src='{URL}' nonce='abc' defer></script>".encode()
STARTS = st.sampled_from(
    [
        b"",
        b"<!doctype html>",
        b"<!-- a -->",
        b"<!--",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"<p>",
        b" ",
        b"\0",
    ]
)


class Pieces:
    def __init__(self, pieces: list[bytes]) -> None:
        self.head = HEAD
        self.length: int | None = None
        self._pieces = [piece for piece in pieces if piece]

    def whole(self) -> bytes | None:
        return None

    async def read(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


async def given_out(pieces: list[bytes]) -> bytes:
    page, out = WithButton(Pieces(pieces), url=URL, nonce="abc"), b""
    while data := await page.read():
        out += data
    return out


@given(st.lists(st.one_of(STARTS, st.binary(max_size=6)), max_size=8))
def test_a_page_keeps_each_of_its_bytes_however_it_comes(pieces: list[bytes]) -> None:
    page = b"".join(pieces)
    out = asyncio.run(given_out(pieces))
    assert out.replace(TAG, b"", 1) == page
    assert (
        asyncio.run(given_out([page[i : i + 1] for i in range(len(page))])).replace(TAG, b"", 1)
        == page
    )
