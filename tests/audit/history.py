"""Audit streams as gateways write them, by a plain program: writers, losses, checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from gateway.audit.proof.seal import beginning, digest, statement
from gateway.audit.proof.verify import Finding, Tally, Verifier
from gateway.audit.record import Kind, Record, line, timestamp

KEYS = [Ed25519PrivateKey.generate() for _ in range(2)]
STRANGER = Ed25519PrivateKey.generate()


@dataclass
class Scribe:
    """One writer's lines in one stream; `forget` makes the last ones lost."""

    writer: str
    shard: int = 0
    key: Ed25519PrivateKey = KEYS[0]
    lines: list[bytes] = field(default_factory=list)
    seq: int = 0

    def __post_init__(self) -> None:
        self._prev = self.key.sign(beginning(self.writer, self.shard))

    def put(self, kind: Kind = Kind.REQUEST_INTENT, **more: object) -> bytes:
        self.seq += 1
        at = timestamp(1_795_319_163_123 + self.seq)
        more.setdefault("request", "r")
        record = Record(id=f"{self.writer}{self.seq}", kind=kind, at=at, **more)  # type: ignore[arg-type]
        record.writer, record.shard, record.seq = self.writer, self.shard, self.seq
        record.prev = self._prev
        if kind in (Kind.AUDIT_CHECKPOINT, Kind.AUDIT_LOST):
            record.signature = self.key.sign(statement(record))
        written = line(record)
        self._prev = digest(written)
        self.lines.append(written)
        return written

    def lose(self, count: int) -> None:
        """The store forgets the last `count` lines, and the writer says so."""
        first = self.seq - count + 1
        del self.lines[-count:]
        self.put()
        self.put(Kind.AUDIT_LOST, lost=(first, first + count - 1))


@dataclass
class History:
    """Entries (shard, line) as they stand in the streams, and the lines kept outside."""

    entries: list[tuple[int, bytes]]
    kept: list[bytes]


def verified(history: History) -> tuple[list[Finding], Tally]:
    verifier = Verifier([key.public_key() for key in KEYS])
    found = [f for n, each in enumerate(history.kept) for f in verifier.keep(f"kept:{n}", each)]
    for position, (shard, written) in enumerate(history.entries):
        found += verifier.entry(shard, f"{position}-0", written)
    found += verifier.end()
    return found, verifier.tally


@st.composite
def histories(draw: st.DrawFn, *, killed: bool = False) -> History:
    """Streams without a fault; `killed`: some writers end after their last checkpoint."""
    kept: list[bytes] = []
    scribes = []
    for number in range(draw(st.integers(1, 3))):
        for shard in range(draw(st.integers(1, 2))):
            scribe = Scribe(f"W{number}", shard, KEYS[number % 2])
            for act in draw(st.lists(st.sampled_from("rrrcl"), min_size=1, max_size=8)):
                if act == "c":
                    kept.append(scribe.put(Kind.AUDIT_CHECKPOINT))
                elif act == "l":
                    kept.append(scribe.put(Kind.AUDIT_CHECKPOINT))
                    for _ in range(2):
                        scribe.put()
                    scribe.lose(2)
                else:
                    scribe.put()
            if not killed or draw(st.booleans()):
                kept.append(scribe.put(Kind.AUDIT_CHECKPOINT))
            scribes.append(scribe)
    turns = [n for n, scribe in enumerate(scribes) for _ in scribe.lines]
    left = [iter(scribe.lines) for scribe in scribes]
    order = draw(st.permutations(turns))
    return History([(scribes[n].shard, next(left[n])) for n in order], kept)


def chain_of(entry: tuple[int, bytes]) -> tuple[int, bytes]:
    shard, written = entry
    return shard, written.partition(b'"writer":"')[2].partition(b'"')[0]


def orders(entries: list[tuple[int, bytes]]) -> dict[tuple[int, bytes], list[bytes]]:
    """What each writer wrote to each stream, in the order in which it stands there."""
    found: dict[tuple[int, bytes], list[bytes]] = {}
    for entry in entries:
        found.setdefault(chain_of(entry), []).append(entry[1])
    return found
