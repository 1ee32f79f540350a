from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.formats import format_of
from gateway.audit.reading import export as exporting
from gateway.audit.reading import reader
from gateway.audit.reading.choice import Choice
from gateway.audit.reading.export import Export, Place, begin
from gateway.audit.reading.export_file import ExportFile, Order
from gateway.audit.reading.reader import Entry
from gateway.audit.record import Kind
from gateway.errors import GatewayError
from gateway.store.client import Store, connect
from gateway.store.keys import audit_trimmed
from tests.audit.formats.samples import a_line

SHARDS = 3
ALL = Order({"format": "json"}, Choice())


class Killed(BaseException):
    """What a test ends a run with."""


class Memory:
    """An output that keeps what it gets."""

    def __init__(self) -> None:
        self.data = b""
        self.saves = 0

    def write(self, data: bytes) -> None:
        self.data += data

    def save(self, place: Place) -> None:
        self.saves += 1


def lines_of(count: int, first: int = 1) -> list[bytes]:
    kinds = list(Kind)
    numbers = range(first, first + count)
    return [a_line(kinds[n % len(kinds)], session=f"s{n % 7}", ms=n) for n in numbers]


async def add(store: Store, lines: list[bytes]) -> None:
    for number, line in enumerate(lines):
        await store.redis.xadd(f"gateway:audit:{number % SHARDS}", {"record": line})


@pytest.fixture
async def store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """A store whose streams are read in small pages and saved often."""
    monkeypatch.setattr(reader, "PAGE", 4)
    monkeypatch.setattr(exporting, "SAVE_EVERY", 5)
    opened = await connect(store_url, timeout=5)
    yield opened
    await opened.aclose()


async def exported(
    store: Store, choice: Choice = ALL.choice, form: str = "json"
) -> tuple[bytes, Place]:
    output = Memory()
    place = await begin(store, SHARDS, choice)
    await Export(choice, format_of(form), output).run(store, place, lambda _: None)
    return output.data, place


async def test_the_streams_are_given_byte_for_byte_each_line_once(store: Store) -> None:
    lines = lines_of(40)
    await add(store, lines)
    data, place = await exported(store)
    assert sorted(data.splitlines()) == sorted(lines)
    assert (place.read, place.taken, place.unreadable) == (40, 40, 0)


async def test_an_export_ends_where_the_streams_ended_when_it_began(store: Store) -> None:
    lines = lines_of(20)
    for number, line in enumerate(lines):  # one stream is longer than what one read gives
        await store.redis.xadd(f"gateway:audit:{int(number > 0)}", {"record": line})
    output = Memory()
    place = await begin(store, SHARDS, Choice())
    await add(store, lines_of(30, first=21))
    await Export(Choice(), format_of("json"), output).run(store, place, lambda _: None)
    assert sorted(output.data.splitlines()) == sorted(lines)


@pytest.mark.parametrize(
    ("upto", "by_hand", "is_whole"),
    [(1, False, True), (4, False, True), (7, False, False), (10, False, False), (7, True, False)],
)
async def test_an_export_that_trimming_overtakes_is_never_taken_for_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch, upto: int, by_hand: bool, is_whole: bool
) -> None:
    for number, line in enumerate(lines_of(10), 1):
        await store.redis.xadd("gateway:audit:0", {"record": line}, id=f"{number}-0")

    async def trimmed_on_the_way(*words: Any) -> AsyncIterator[Entry]:
        count = 0
        async for entry in reader.read_from(*words):
            yield entry
            count += 1
            if count == 4:
                await store.redis.xtrim("gateway:audit:0", minid=f"{upto}-1", approximate=False)
                if not by_hand:
                    await store.redis.hset(audit_trimmed(0), "until", f"{upto}-0")

    monkeypatch.setattr(exporting, "read_from", trimmed_on_the_way)
    if is_whole:
        data, _ = await exported(store)
        assert data.count(b"\n") == 10
    else:
        with pytest.raises(GatewayError, match="taken out of the streams"):
            await exported(store)


async def test_what_was_trimmed_before_an_export_is_not_missed_by_it(store: Store) -> None:
    for number, line in enumerate(lines_of(10), 1):
        await store.redis.xadd("gateway:audit:0", {"record": line}, id=f"{number}-0")
    await store.redis.xtrim("gateway:audit:0", minid="4-1", approximate=False)
    await store.redis.hset(audit_trimmed(0), "until", "4-0")
    data, _ = await exported(store)
    assert data.count(b"\n") == 6


async def test_streams_that_hold_nothing_give_nothing(store: Store) -> None:
    assert (await exported(store))[0] == b""


async def test_only_what_was_asked_for_is_taken_and_all_of_it_is_counted(store: Store) -> None:
    lines = lines_of(40)
    await add(store, lines)
    data, place = await exported(store, Choice(session="s3"))
    assert sorted(data.splitlines()) == sorted(line for line in lines if b'"s3"' in line)
    assert (place.read, place.taken) == (40, data.count(b"\n"))


@pytest.mark.parametrize(
    ("choice", "form"), [(Choice(session="s0"), "json"), (Choice(), "csv"), (Choice(), "cef")]
)
async def test_what_is_no_record_is_left_out_and_counted(
    store: Store, choice: Choice, form: str
) -> None:
    await add(store, [a_line(session="s0"), b"forged\x1b", b'{"v":1,"kind":"request.intent"}'])
    data, place = await exported(store, choice, form)
    assert (data.count(b"\n"), place.taken, place.unreadable) == (1, 1, 2)


async def test_an_export_of_all_shows_what_is_no_record_as_a_line_of_its_own(store: Store) -> None:
    await add(store, [a_line(), b"forged\n" + a_line()])
    data, _ = await exported(store)
    assert data.count(b"\n") == 2


async def to_file(store: Store, path: Path, order: Order = ALL) -> Place:
    """What the command does, with an end that is as a kill's."""
    file = ExportFile(path, order)
    try:
        place = file.place or await begin(store, SHARDS, order.choice)
        await Export(file.order.choice, format_of("json"), file).run(store, place, lambda _: None)
        file.finish()
    finally:
        file.close()
    return place


def read(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def torn(fd: int, data: Any) -> int:
    """Write half of what is asked for, and die."""
    os.pwrite(fd, bytes(data)[: len(data) // 2], os.lseek(fd, 0, os.SEEK_CUR))
    raise Killed


def dead(*_: Any) -> None:
    raise Killed


@pytest.mark.parametrize("lucky", [0, 1, 3, 7])
@pytest.mark.parametrize(
    ("where", "what", "instead"),
    [(os, "write", torn), (os, "fsync", dead), (Path, "replace", dead), (Path, "rename", dead)],
)
async def test_a_run_that_was_killed_is_gone_on_with_and_no_line_is_missing_or_twice(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lucky: int,
    where: Any,
    what: str,
    instead: Callable[..., Any],
) -> None:
    lines = lines_of(40)
    await add(store, lines)
    path, honest, left = tmp_path / "export.jsonl", getattr(where, what), [lucky]

    def call(*words: Any) -> Any:
        left[0] -= 1
        return instead(*words) if left[0] < 0 else honest(*words)

    with monkeypatch.context() as patched, suppress(Killed):
        patched.setattr(where, what, call)
        await to_file(store, path)
    was_whole, was_begun = (
        f"{path.name}{end}" in os.listdir(tmp_path) for end in ("", ".position")
    )
    later = lines_of(10, first=41)
    await add(store, later)
    if not was_whole:
        place = await to_file(store, path)
        assert place.taken == place.read == len(read(path))
    expected = lines if was_whole or was_begun else [*lines, *later]
    assert sorted(read(path)) == sorted(expected)
    assert os.listdir(tmp_path) == ["export.jsonl"]


async def test_what_a_relative_time_meant_at_first_is_what_it_means_when_gone_on_with(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(store, lines_of(20))
    asked = {"format": "json", "since": "2h"}
    first = Order(asked, Choice(since=5))
    with monkeypatch.context() as patched:
        patched.setattr(ExportFile, "finish", dead)
        with pytest.raises(Killed):
            await to_file(store, tmp_path / "e", first)
    file = ExportFile(tmp_path / "e", Order(asked, Choice(since=99)))
    assert file.order.choice.since == 5
    file.close()
    with pytest.raises(GatewayError, match="other filters"):
        ExportFile(tmp_path / "e", Order(asked | {"refused": "True"}, Choice()))


async def test_what_is_not_known_to_be_of_the_export_is_written_over(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "e.part").write_bytes(b"of nobody\n" * 10_000)
    lines = lines_of(3)
    await add(store, lines)
    await to_file(store, tmp_path / "e")
    assert sorted(read(tmp_path / "e")) == sorted(lines)


def test_the_files_are_the_users_alone(tmp_path: Path) -> None:
    (tmp_path / "e.part").touch(0o666)
    file = ExportFile(tmp_path / "e", ALL)
    file.save(Place({}, {}))
    modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
    assert modes == {"e.part": 0o600, "e.position": 0o600}
    file.finish()
    file.close()
    assert (tmp_path / "e").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "e").write_text("mine")
    with pytest.raises(GatewayError, match="is there already"):
        ExportFile(tmp_path / "e", ALL)


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    first = ExportFile(tmp_path / "e", ALL)
    with pytest.raises(GatewayError, match="Another export"):
        ExportFile(tmp_path / "e", ALL)
    first.close()
    ExportFile(tmp_path / "e", ALL).close()


def test_a_link_that_somebody_left_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("precious")
    (tmp_path / "e.part").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="symbolic"):
        ExportFile(tmp_path / "e", ALL)
    assert (tmp_path / "theirs").read_text() == "precious"


@pytest.mark.parametrize("position", [b"", b"{}", b'{"order":1}'])
def test_a_position_that_is_none_is_told_and_nothing_is_lost(
    tmp_path: Path, position: bytes
) -> None:
    (tmp_path / "e.part").write_text("what was written")
    (tmp_path / "e.position").write_bytes(position)
    with pytest.raises(GatewayError, match="no position"):
        ExportFile(tmp_path / "e", ALL)
    assert (tmp_path / "e.part").read_text() == "what was written"
