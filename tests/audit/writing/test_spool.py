"""What is spooled comes out as it went in, after any death of the process or the machine."""

from __future__ import annotations

import os
import stat
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.audit.writing import spool
from gateway.audit.writing.sink import Batch
from gateway.audit.writing.spool import Spool, SpoolFull, Unreadable, batches, left, taken


def batch(first: int, count: int, writer: str = "W", shard: int = 2, size: int = 0) -> Batch:
    lines = tuple(line(first + n, writer, shard, size) for n in range(count))
    marks = tuple(b"session:a changes:b" if n % 2 else b"" for n in range(count))
    return Batch(shard, writer, first - 1, first, lines, marks)


def line(seq: int, writer: str = "W", shard: int = 2, size: int = 0) -> bytes:
    return b'{"writer":"%b","seq":%d,"shard":%d,"x":"%b"}' % (
        writer.encode(), seq, shard, b"." * size
    )  # fmt: skip


def row(seq: int, writer: str = "W") -> bytes:
    return b"m\t" + line(seq, writer) + b"\n"


def test_batches_come_out_in_order_and_with_the_last_the_file_goes(tmp_path: Path) -> None:
    kept = Spool(tmp_path / "spool", "W", 2)
    put = [batch(1, 3), batch(4, 1), batch(5, 2)]
    for each in put:
        kept.append(each)
    assert (kept.first, kept.last, kept.held) == (1, 6, 6)
    [path] = (tmp_path / "spool").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for each in put:
        assert kept.head() == each
        kept.pass_on()
    assert kept.held == kept.first == kept.last == 0
    assert list((tmp_path / "spool").iterdir()) == []
    kept.append(batch(7, 1))
    assert kept.head() == batch(7, 1)


def test_a_file_is_taken_from_a_process_that_died_and_from_no_other(tmp_path: Path) -> None:
    kept = Spool(tmp_path, "W", 2)
    kept.append(batch(1, 2))
    [path] = tmp_path.iterdir()
    with taken(path) as file:
        assert file is None
    kept.close()  # as the kernel does for a process that was killed
    with taken(path) as file, taken(path) as second:
        assert file is not None
        assert second is None
        assert list(left(file)) == [batch(1, 2)]
    with taken(tmp_path / "gone") as file:
        assert file is None


def test_it_is_bounded_and_of_a_full_disk_nothing_half_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Spool(tmp_path, "W", 2)
    kept.append(batch(1, 1, size=100))
    monkeypatch.setattr(spool, "LIMIT", 400)
    kept.append(batch(2, 1, size=100))
    with pytest.raises(SpoolFull, match="of 400 bytes"):
        kept.append(batch(3, 1, size=200))
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:-5]))
    with pytest.raises(OSError, match="bytes could be written"):
        kept.append(batch(3, 1))
    monkeypatch.setattr(os, "write", real)
    kept.append(batch(3, 1))
    kept.close()
    with taken(next(tmp_path.iterdir())) as file:
        assert file is not None
        assert [seq for each in left(file) for seq in range(each.first, each.first + 1)] == [1]
        os.lseek(file, 0, os.SEEK_SET)
        assert [len(each.lines) for each in left(file)] == [3]


def test_a_file_that_cannot_be_begun_leaves_no_name_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError("no space left")

    kept = Spool(tmp_path, "W", 2)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        kept.append(batch(1, 1))
    assert list(tmp_path.glob("*.spool")) == []
    monkeypatch.undo()
    kept.append(batch(1, 1))
    assert kept.head() == batch(1, 1)


@given(
    first=st.integers(1, 99),
    count=st.integers(0, 30),
    torn=st.binary(max_size=20).filter(lambda data: b"\n" not in data),
    longest=st.integers(1, 7),
    largest=st.integers(40, 300),
)
def test_rows_become_consecutive_batches_and_a_torn_end_is_left_out(
    first: int, count: int, torn: bytes, longest: int, largest: int
) -> None:
    rows = [row(first + n) for n in range(count)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "LONGEST_BATCH", longest)
        patch.setattr(spool, "LARGEST_BATCH", largest)
        found = list(batches([*rows, torn] if torn else rows))
    assert [b"m\t" + each + b"\n" for one in found for each in one.lines] == rows
    assert all(one.after == one.first - 1 and len(one.lines) <= longest for one in found)
    assert all(sum(map(len, one.lines)) <= max(largest, len(one.lines[0])) for one in found)
    assert all(one.first + len(one.lines) == other.first for one, other in pairwise(found))
    assert all(one[:2] == (2, "W") for one in found)


@given(count=st.integers(0, 5), other=st.binary(max_size=40))
@example(2, row(2)[:-1])
@example(2, row(4)[:-1])
@example(2, row(3, "other")[:-1])
@example(0, b'm\t{"writer":"W","seq":"1"}')
@example(1, b"\xff\t\xff")
def test_what_no_gateway_put_there_is_said_after_all_before_it_was_given(
    count: int, other: bytes
) -> None:
    rows = [row(1 + n) for n in range(count)]
    found: list[bytes] = []

    def read() -> None:
        for each in batches([*rows, other + b"\n", row(count + 1)]):
            found.extend(each.lines)

    with pytest.raises(Unreadable, match=f"after record {count}"):
        read()
    assert [b"m\t" + each + b"\n" for each in found] == rows


def test_a_closed_spool_takes_nothing_so_that_what_it_holds_stays(tmp_path: Path) -> None:
    kept = Spool(tmp_path, "W", 2)
    kept.append(batch(1, 2))
    kept.close()
    with pytest.raises(OSError, match="closed"):
        kept.append(batch(3, 1))
    [path] = tmp_path.iterdir()
    assert path.read_bytes().count(b"\n") == 2
