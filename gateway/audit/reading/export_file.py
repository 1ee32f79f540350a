"""The file of an export, that is there when it is whole and not before (law 10).

Until then `FILE.part` holds what was written so far, and `FILE.position` says after which entries
to go on. They reach the disk in that order. What `FILE.part` holds behind the position's size is
cut off and written again, so after a kill no line is missing and none is there twice. The files
are the user's alone, for records hold personal data.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import msgspec

from gateway.audit.reading.choice import Choice
from gateway.audit.reading.export import Place
from gateway.durable import sync
from gateway.errors import GatewayError

_ALONE = 0o600


class Order(msgspec.Struct, frozen=True):
    """What an export is of. `asked`: the words of the command; `choice`: what they meant then."""

    asked: dict[str, str]
    choice: Choice


class _Position(msgspec.Struct):
    order: Order
    place: Place
    size: int


class ExportFile:
    """Opens what is needed to write an export to `path`, or to go on with one that was ended.

    Attributes:
        order: the one it is written for, of the run that began it.
        place: where to go on; None at the beginning.

    Raises:
        GatewayError: `export_output`: the file is there already, another run writes it, or it was
            begun for another order.
        OSError: the files cannot be written.
    """

    def __init__(self, path: Path, order: Order) -> None:
        if path.exists():
            raise _refused(f"{path} is there already.", "Name another file, or remove it.")
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._position = path.with_name(f"{path.name}.position")
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(self._part, flags, _ALONE)
        try:
            self._open(order)
        except BaseException:
            os.close(self._file)
            raise

    def _open(self, order: Order) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _refused(f"Another export writes {self._path}.", "Wait for its end.") from None
        os.fchmod(self._file, _ALONE)  # or fail, when somebody else has put it there
        found = self._found()
        if found is not None and found.order.asked != order.asked:
            raise _refused(
                f"{self._part} was begun with other filters or another format.",
                f"Give the same ones to go on with it, or remove it and {self._position}.",
            )
        self.order = found.order if found else order
        self.place = found.place if found else None
        self._size = found.size if found else 0
        self._waiting = bytearray()
        os.ftruncate(self._file, self._size)
        os.lseek(self._file, self._size, os.SEEK_SET)

    def _found(self) -> _Position | None:
        """The position, when there is one of what the file holds."""
        try:
            position = msgspec.json.decode(self._position.read_bytes(), type=_Position)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as fault:
            raise _refused(
                f"{self._position} is no position of an export: {fault}.",
                f"Remove it and {self._part} to begin again.",
            ) from None
        return position if os.fstat(self._file).st_size >= position.size else None

    def write(self, data: bytes) -> None:
        """As `Output.write`: it waits in memory for the next `save`."""
        self._waiting += data

    def save(self, place: Place) -> None:
        """As `Output.save`: both are on disk when it returns."""
        left = memoryview(bytes(self._waiting))
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)
        self._size += len(self._waiting)
        self._waiting.clear()
        self._put(msgspec.json.encode(_Position(self.order, place, self._size)))

    def _put(self, data: bytes) -> None:
        new = self._position.with_name(f"{self._position.name}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(new, flags, _ALONE), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._position)
        sync(self._path.parent)

    def finish(self) -> None:
        """Give it its name: it is whole."""
        self._position.unlink(missing_ok=True)  # first: it must not outlive what it is of
        self._part.rename(self._path)
        sync(self._path.parent)

    def close(self) -> None:
        """Let go of it, whole or not."""
        os.close(self._file)


def _refused(detail: str, advice: str) -> GatewayError:
    return GatewayError("export_output", detail, advice)
