"""Files are taken when they have changed and stand still, and again when the store was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.app import file_watch
from gateway.app.file_watch import FileWatch, look_at, look_in
from gateway.errors import GatewayError, StoreAway


@pytest.fixture(autouse=True)
def _looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_watch, "EVERY", 0.01)


@asynccontextmanager
async def watching(file: Path, take: Callable[[], Awaitable[None]]) -> AsyncIterator[FileWatch]:
    watch = FileWatch("things", lambda: look_at(file), look_at(file), take)
    watch.start()
    try:
        async with asyncio.timeout(10):
            yield watch
    finally:
        await watch.stop()


class Taken:
    """What was read of a file; raises what a test says, once each."""

    def __init__(self, file: Path, *faults: Exception) -> None:
        self._file = file
        self._faults = list(faults)
        self.texts: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self) -> None:
        if self._faults:
            fault = self._faults.pop(0)
            await self.texts.put(str(fault))
            raise fault
        await self.texts.put(self._file.read_text())


async def until(watch: FileWatch, *, stale: bool) -> None:
    while watch.stale is not stale:
        await asyncio.get_running_loop().run_in_executor(None, int)


async def test_a_file_is_taken_when_it_changes_and_only_then(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    taken = Taken(file)
    async with watching(file, taken):
        file.write_text("two!")
        assert await taken.texts.get() == "two!"
        file.write_text("three")
        assert await taken.texts.get() == "three"
    assert taken.texts.empty()


async def test_what_cannot_be_used_is_told_and_not_tried_again_until_it_changes(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    taken = Taken(file, GatewayError("config", "It is broken."))
    async with watching(file, taken) as watch:
        file.write_text("two!")
        assert await taken.texts.get() == "config: It is broken."
        await until(watch, stale=True)
        assert watch.fault == "It is broken."
        before, watch.read_at = watch.read_at, 0
        assert before
        file.write_text("three")
        assert await taken.texts.get() == "three"
        await until(watch, stale=False)
        assert watch.fault == ""
        assert watch.read_at >= before
    assert taken.texts.empty()


async def test_while_the_store_is_away_it_is_tried_again(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    taken = Taken(file, StoreAway("store_away", "Nobody answers."))
    async with watching(file, taken) as watch:
        file.write_text("two!")
        assert await taken.texts.get() == "store_away: Nobody answers."
        assert await taken.texts.get() == "two!"
        assert not watch.stale


def test_a_look_sees_name_time_and_size_and_passes_over_what_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "a.cedar"
    assert look_at(file) == ()
    assert look_in(tmp_path / "nowhere", "*.cedar") == ()
    file.write_text("1")
    first = look_at(file)
    assert first == look_in(tmp_path, "*.cedar") != ()
    file.write_text("22")
    assert look_at(file) != first
    assert look_in(tmp_path, "*.yaml") == ()
