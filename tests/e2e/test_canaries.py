"""A planted value in every format, charset, coding and chunking: not one byte of it comes out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import cycle
from pathlib import Path

import pytest

from tests.canaries import CANARY, CODINGS, RULES, SHOWN, leaks, samples
from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp
from tests.e2e.sweeping import CHUNKINGS, EVERY_CODING, Case, sweep


@pytest.fixture
async def gw(tmp_path: Path, store_url: str, app: RecorderApp) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(app.port, **RULES)) as gateway:
        yield gateway


@pytest.mark.threat(31)
@pytest.mark.threat(32)
@pytest.mark.threat(35)
@pytest.mark.threat(36)
@pytest.mark.threat(37)
async def test_law_7_no_byte_of_a_hidden_value_leaves_in_any_format_coding_or_chunking(
    gw: Running, app: RecorderApp
) -> None:
    """Each format as it is and in another coding, by turns; `make fuzz` sends every combination."""
    codings, chunkings = cycle(list(EVERY_CODING)[1:]), cycle(CHUNKINGS)
    cases = [
        Case(sample, coding, next(chunkings))
        for sample in samples()
        for coding in ("", next(codings), next(codings))
    ]
    assert await sweep(gw, app, cases) == len(cases)


def test_a_leak_would_be_seen() -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    for pack in CODINGS.values():
        assert leaks(head + pack(b"x" + CANARY.encode()))
    assert leaks(
        head
        + b"3\r\n"
        + CANARY.encode()[:3]
        + b"\r\nd\r\n"
        + CANARY.encode()[3:]
        + b"\r\n0\r\n\r\n"
    )
    assert not leaks(head + SHOWN.encode())
