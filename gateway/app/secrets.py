"""Secrets of this gateway, made once and kept in its data folder, readable by its user only."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from gateway.identity.keys import (
    Algorithm,
    KeyRing,
    dump_ring,
    load_ring,
    new_key,
    new_ring,
    rotated,
)

_KEY_LIFE_MS = 30 * 86_400_000


def redaction_key(folder: Path) -> bytes:
    """The key of hashes that stand in for hidden values; 32 bytes."""
    return _kept(folder / "redaction.key", lambda: secrets.token_bytes(32))


class Rings:
    """The keys that sign identity tokens, one ring an algorithm, rotated every 30 days.

    Args:
        folder: the data folder.
        algorithms: those that the sites use.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self, folder: Path, algorithms: Iterable[Algorithm], now: Callable[[], int]
    ) -> None:
        self._folder = folder
        self._now = now
        self._rings: dict[Algorithm, KeyRing] = {}
        for algorithm in algorithms:
            data = _kept(self._path(algorithm), partial(_first_ring, algorithm, now()))
            self._rings[algorithm] = load_ring(data)
        self.rotate()

    def get(self, algorithm: Algorithm) -> KeyRing:
        """Give the ring as it is now."""
        return self._rings[algorithm]

    def rotate(self) -> None:
        """Let the next key sign where the current one has signed for 30 days."""
        now = self._now()
        for algorithm, ring in self._rings.items():
            if now - ring.rotated_at >= _KEY_LIFE_MS:
                fresh = rotated(ring, new_key(algorithm), now)
                _write(self._path(algorithm), dump_ring(fresh))
                self._rings[algorithm] = fresh

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """Give the public keys of all rings, to publish (RFC 7517)."""
        return {"keys": [key for ring in self._rings.values() for key in ring.jwks()["keys"]]}

    def _path(self, algorithm: Algorithm) -> Path:
        return self._folder / f"identity-{algorithm}.json"


def _first_ring(algorithm: Algorithm, now_ms: int) -> bytes:
    return dump_ring(new_ring(algorithm, now_ms))


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        data = make()
        _write(path, data)
        return data


def _write(path: Path, data: bytes) -> None:
    """Replace a file in one step, so that a crash leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(path.suffix + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
