from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from gateway.audit.proof.checkpoints import CheckpointFile, kept


def test_what_was_appended_is_kept_line_by_line(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "side"
    one, other = CheckpointFile(folder, "W1"), CheckpointFile(folder, "W2")
    one.append([b"1", b"2"])
    other.append([b"4"])
    one.append([b"3"])
    assert list(kept(folder)) == [
        *((f"{folder}/W1.jsonl:{number}", b"%d" % number) for number in (1, 2, 3)),
        (f"{folder}/W2.jsonl:1", b"4"),
    ]
    assert [line for _, line in kept(folder / "W1.jsonl")] == [b"1", b"2", b"3"]


def test_nobody_else_on_the_machine_can_read_or_write_them(tmp_path: Path) -> None:
    CheckpointFile(tmp_path / "c", "W").append([b"1"])
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "c/W.jsonl").stat().st_mode) == 0o600


def test_a_line_that_was_being_written_at_the_end_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "W.jsonl").write_bytes(b"1\n2")
    assert [line for _, line in kept(tmp_path)] == [b"1"]


def test_of_a_full_disk_nothing_half_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = CheckpointFile(tmp_path, "W")
    file.append([b"1"])
    with monkeypatch.context() as patch:
        whole = os.write
        patch.setattr(os, "write", lambda handle, data: whole(handle, data[:2]))
        with pytest.raises(OSError, match="only 2 of 8 bytes"):
            file.append([b"222", b"333"])
    file.append([b"4"])
    assert [line for _, line in kept(tmp_path)] == [b"1", b"4"]


def test_a_folder_that_cannot_be_made_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError) as fault:  # noqa: PT011 - any of them
        CheckpointFile(tmp_path / "file" / "c", "W")
    assert fault.value.errno == errno.ENOTDIR
