from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.forward.destination import Head, NotNow, Outgoing
from gateway.audit.forward.file import FileDestination


def batch(*lines: bytes) -> list[Outgoing]:
    return [Outgoing("1-0", line, Head("request.intent")) for line in lines]


def held(folder: Path) -> list[list[bytes]]:
    """The lines of each file, the oldest file first."""
    files = sorted(folder.iterdir(), key=lambda path: -int(path.suffix.removeprefix(".") or 0))
    return [path.read_bytes().splitlines() for path in files]


def torn(path: Path, tail: bytes) -> None:
    """What a process leaves that is killed while it writes."""
    with path.open("ab") as file:
        file.write(tail)


async def test_lines_are_added_for_the_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    for line in (b"1", b"2"):
        await FileDestination(path, 1000, 2).send(batch(line))
    assert path.read_bytes() == b"1\n2\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from([b"", b"torn", b"t" * 70_000])), max_size=6
    ),
    st.integers(2, 60),
)
async def test_no_line_is_lost_or_halved_whatever_kills_the_writer(
    batches: list[tuple[int, bytes]], max_size: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path, sent = Path(name) / "audit", []
        for number, (count, tail) in enumerate(batches):
            lines = [b"%d.%d" % (number, at) for at in range(count)]
            await FileDestination(path, max_size, 100).send(batch(*lines))
            sent += lines
            torn(path, tail)
        await FileDestination(path, max_size, 100).send(batch(b"last"))
        files = held(Path(name))
    assert [line for lines in files for line in lines] == [*sent, b"last"]
    for lines in files:
        batches_in = {line.partition(b".")[0] for line in lines}
        assert len(batches_in) == 1 or len(b"\n".join(lines)) < max_size


async def test_the_oldest_files_go_and_a_gap_closes(tmp_path: Path) -> None:
    destination = FileDestination(tmp_path / "audit", 2, 2)
    for line in (b"1", b"2", b"3", b"4"):
        await destination.send(batch(line))
    assert held(tmp_path) == [[b"2"], [b"3"], [b"4"]]
    (tmp_path / "audit.1").rename(tmp_path / "audit.2")  # killed between two moves
    await destination.send(batch(b"5"))
    assert held(tmp_path) == [[b"3"], [b"4"], [b"5"]]


async def test_a_file_that_was_moved_away_is_made_again(tmp_path: Path) -> None:
    destination = FileDestination(tmp_path / "audit", 1000, 2)
    await destination.send(batch(b"1"))
    (tmp_path / "audit").rename(tmp_path / "audit.9")
    await destination.send(batch(b"2"))
    assert held(tmp_path) == [[b"1"], [b"2"]]


async def test_a_full_disk_leaves_what_was_there_and_confirms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "audit"
    destination = FileDestination(path, 1000, 2)
    await destination.send(batch(b"1"))
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda file, data: write(file, data[:3]))
        with pytest.raises(NotNow, match="only 3 of 5 bytes"):
            await destination.send(batch(b"2345"))
    assert path.read_bytes() == b"1\n"
    with monkeypatch.context() as patch:

        def fails(file: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        patch.setattr(os, "fsync", fails)
        with pytest.raises(NotNow, match="Input/output error"):
            await destination.send(batch(b"2"))


async def test_a_folder_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    destination = FileDestination(tmp_path / "none" / "audit", 1000, 2)
    with pytest.raises(NotNow, match="No such file"):
        await destination.send(batch(b"1"))
