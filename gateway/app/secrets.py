"""Secrets of this gateway, made once and kept in its data folder, readable by its user only."""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from gateway.errors import GatewayError
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
_KEY_SIZE = 32
_Secret = TypeVar("_Secret")


def redaction_key(folder: Path) -> bytes:
    """The key of hashes that stand in for hidden values; 32 bytes.

    Raises:
        GatewayError: `data_dir`, the file cannot be used.
    """
    return _kept(folder / "redaction.key", lambda: secrets.token_bytes(_KEY_SIZE), _whole_key)


def consent_key(folder: Path) -> bytes:
    """The key of the tokens in users' forms; 32 bytes.

    Raises:
        GatewayError: `data_dir`, the file cannot be used.
    """
    return _kept(folder / "consent.key", lambda: secrets.token_bytes(_KEY_SIZE), _whole_key)


def audit_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs the audit stream; its public half is written beside it.

    Raises:
        GatewayError: `data_dir`, a file cannot be used.
    """
    key = _kept(folder / "audit-key.pem", _first_audit_key, _audit_key)
    _kept(folder / AUDIT_PUBLIC_KEY, lambda: public_pem(key), partial(_same, public_pem(key)))
    return key


AUDIT_PUBLIC_KEY = "audit-public.pem"
"""Beside the key: what `audit verify` needs of it."""


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public half, as PEM (RFC 7468, SubjectPublicKeyInfo)."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def public_key_in(path: Path) -> Ed25519PublicKey:
    """Read the public key of a gateway.

    Raises:
        GatewayError: `audit_source`, there is none in this file.
    """
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("it is no Ed25519 key")  # noqa: TRY004 - a file's content, not a type
    except (OSError, ValueError) as fault:
        raise GatewayError(
            "audit_source",
            f"{path} cannot be read: {fault}.",
            "Name what `audit key` of that gateway prints with --public-key or audit.public_keys.",
        ) from fault
    return key


class Rings:
    """The keys that sign identity tokens, one ring an algorithm, rotated every 30 days.

    Several processes may share the folder. The first that finds a ring due rotates it, and the
    others take it over when they look: until then they sign with a key that is still published.

    Args:
        folder: the data folder.
        algorithms: those that the sites use.
        now: the wall clock in milliseconds.

    Raises:
        GatewayError: `data_dir`, a file cannot be used.
    """

    def __init__(
        self, folder: Path, algorithms: Iterable[Algorithm], now: Callable[[], int]
    ) -> None:
        self._folder = folder
        self._now = now
        self._rings: dict[Algorithm, KeyRing] = {}
        for algorithm in algorithms:
            first = partial(_first_ring, algorithm, now())
            self._rings[algorithm] = _kept(self._path(algorithm), first, load_ring)
        self.rotate()

    def get(self, algorithm: Algorithm) -> KeyRing:
        """Give the ring as it is now."""
        return self._rings[algorithm]

    def rotate(self) -> None:
        """Let the next key sign where the current one has signed for 30 days.

        Raises:
            OSError: a file cannot be used; the rings are as before.
        """
        now = self._now()
        for algorithm, ring in self._rings.items():
            if now - ring.rotated_at >= _KEY_LIFE_MS:
                self._rings[algorithm] = self._rotated(algorithm, now)

    def _rotated(self, algorithm: Algorithm, now: int) -> KeyRing:
        path = self._path(algorithm)
        with _alone_in(self._folder):
            ring = load_ring(path.read_bytes())
            if now - ring.rotated_at >= _KEY_LIFE_MS:  # else another process was faster
                ring = rotated(ring, new_key(algorithm), now)
                _write(path, dump_ring(ring))
        return ring

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """Give the public keys of all rings, to publish (RFC 7517)."""
        return {"keys": [key for ring in self._rings.values() for key in ring.jwks()["keys"]]}

    def _path(self, algorithm: Algorithm) -> Path:
        return self._folder / f"identity-{algorithm}.json"


def _first_ring(algorithm: Algorithm, now_ms: int) -> bytes:
    return dump_ring(new_ring(algorithm, now_ms))


def _whole_key(data: bytes) -> bytes:
    if len(data) != _KEY_SIZE:
        raise ValueError(f"it has {len(data)} bytes, and a key has {_KEY_SIZE}")
    return data


def _first_audit_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _audit_key(data: bytes) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(data, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("it is no Ed25519 key")  # noqa: TRY004 - a file's content, not a type
    return key


def _same(expected: bytes, data: bytes) -> bytes:
    if data != expected:
        raise ValueError("it belongs to another key")
    return data


def _kept(path: Path, make: Callable[[], bytes], read: Callable[[bytes], _Secret]) -> _Secret:
    try:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            _write_first(path, make())
            data = path.read_bytes()
        return read(data)
    except (OSError, ValueError, msgspec.DecodeError) as fault:
        raise GatewayError(
            "data_dir",
            f"The secret {path} cannot be used: {fault}.",
            "Bring it back from a backup, and let the gateway's user read and write its folder.",
        ) from fault


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is in such a block with this folder."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, data: bytes) -> None:
    """Replace a file in one step, so that a crash leaves the old one or the new one."""
    _fresh(path, data).replace(path)


def _write_first(path: Path, data: bytes) -> None:
    """Write a file unless it is there: of two gateways that start at once, both use one secret."""
    fresh = _fresh(path, data)
    with suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()


def _fresh(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # for its user alone
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
