"""The chain of one writer's records in one stream, and the signatures that hold it.

`prev` of a record is the SHA-256 of the line before it, of the same writer in the same stream. A
chain begins with the writer's signature instead, so that nobody without the key can begin one.
Signed records, checkpoints among them, say where the chain stood: what comes before one of them
cannot be changed without the key (Ed25519, RFC 8032).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.audit.record import Record

Sign = Callable[[bytes], bytes]
"""Gives the Ed25519 signature of a statement, 64 bytes."""

_PURPOSE = "impersonation-gateway audit 1"
"""Begins each statement: a signature made for something else says nothing here."""


def digest(line: bytes) -> bytes:
    """What `prev` of the record after `line` must be: its SHA-256, 32 bytes."""
    return sha256(line).digest()


def beginning(writer: str, shard: int) -> bytes:
    """What is signed for `prev` of a writer's first record in a stream."""
    return msgspec.json.encode((_PURPOSE, "start", shard, writer))


def statement(record: Record) -> bytes:
    """What is signed for `signature`: where a record stands, and what it says is not there."""
    place = (record.shard, record.writer, record.seq, record.prev)
    gone: tuple[object, ...] = (record.lost,)
    if record.until or record.trimmed:
        gone += (record.until, record.trimmed)
    return msgspec.json.encode((_PURPOSE, record.kind, *place, record.id, record.at, *gone))


def holds(signature: bytes, said: bytes, keys: Iterable[Ed25519PublicKey]) -> bool:
    """Whether one of `keys` signed `said`; bytes that are no signature hold nothing."""
    return any(_holds(key, signature, said) for key in keys)


def _holds(key: Ed25519PublicKey, signature: bytes, said: bytes) -> bool:
    try:
        key.verify(signature, said)
    except InvalidSignature:
        return False
    return True
