"""Checkpoints reach the receiver outside, all of them, whatever fails on the way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.audit.forward.destination import NotNow, Outgoing, Refused
from gateway.audit.proof.checkpoints import CheckpointFile
from gateway.audit.proof.posting import Posting


class Receiver:
    """Takes what comes, unless `fails` says otherwise of the next tries."""

    def __init__(self, *fails: type[Exception]) -> None:
        self.got: list[bytes] = []
        self.posts = 0
        self.fails = list(fails)

    async def send(self, records: Sequence[Outgoing]) -> None:
        if self.fails:
            raise self.fails.pop(0)("it does not")
        self.posts += 1
        self.got += [record.line for record in records]

    async def aclose(self) -> None:
        pass


def lines(first: int, count: int) -> list[bytes]:
    return [b'{"seq":%d}' % n for n in range(first, first + count)]


async def test_what_is_kept_is_posted_once_in_order_also_that_of_writers_that_ended(
    tmp_path: Path,
) -> None:
    CheckpointFile(tmp_path, "A").append(lines(1, 5))
    own = CheckpointFile(tmp_path, "B")
    own.append(lines(6, 1))
    receiver = Receiver()
    one = Posting(tmp_path, receiver)
    await one.post()
    await one.post()
    assert receiver.got == lines(1, 6)
    own.append(lines(7, 2))
    await one.post()
    await one.aclose()
    again = Posting(tmp_path, receiver)
    own.append(lines(9, 1))
    await again.post()
    assert receiver.got == lines(1, 9)
    await again.aclose()


@pytest.mark.parametrize("fault", [NotNow, Refused])
async def test_nothing_is_given_up_and_what_waits_is_counted(
    tmp_path: Path, fault: type[Exception]
) -> None:
    CheckpointFile(tmp_path, "A").append(lines(1, 3))
    receiver = Receiver(fault, fault)
    one = Posting(tmp_path, receiver)
    await one.post()
    await one.post()
    assert (one.waiting, receiver.got) == (3, [])
    await one.post()
    assert (one.waiting, receiver.got) == (0, lines(1, 3))
    await one.aclose()


async def test_a_line_that_is_refused_holds_up_no_other_writer(tmp_path: Path) -> None:
    CheckpointFile(tmp_path, "A").append(lines(1, 2))
    CheckpointFile(tmp_path, "B").append(lines(3, 1))
    receiver = Receiver(Refused)
    one = Posting(tmp_path, receiver)
    await one.post()
    assert (one.waiting, receiver.got) == (2, lines(3, 1))
    await one.aclose()


async def test_each_line_is_posted_by_itself_so_that_it_keeps_its_id(tmp_path: Path) -> None:
    CheckpointFile(tmp_path, "A").append(lines(1, 3))
    receiver = Receiver()
    one = Posting(tmp_path, receiver)
    await one.post()
    assert receiver.posts == 3
    await one.aclose()


async def test_a_line_that_is_being_written_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "A.jsonl"
    path.write_bytes(b'{"seq":1}\n{"seq"')
    receiver = Receiver()
    one = Posting(tmp_path, receiver)
    await one.post()
    assert receiver.got == lines(1, 1)
    path.write_bytes(b'{"seq":1}\n{"seq":2}\n')
    await one.post()
    assert receiver.got == lines(1, 2)
    await one.aclose()


async def test_of_the_processes_that_share_the_folder_one_posts(tmp_path: Path) -> None:
    CheckpointFile(tmp_path, "A").append(lines(1, 1))
    receivers = Receiver(), Receiver()
    one, other = (Posting(tmp_path, each) for each in receivers)
    await one.post()
    CheckpointFile(tmp_path, "A").append(lines(2, 1))
    await other.post()
    assert (receivers[1].got, other.waiting) == ([], 0)
    await one.aclose()
    await other.post()
    assert [each.got for each in receivers] == [lines(1, 1), lines(2, 1)]
    await other.aclose()


async def test_what_stands_there_of_a_crash_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CheckpointFile(tmp_path, "A").append(lines(1, 1))
    receiver = Receiver()
    one = Posting(tmp_path, receiver)

    def full(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="no space"):
            await one.post()
    await one.post()
    assert receiver.got == lines(1, 1) * 2
    await one.aclose()
