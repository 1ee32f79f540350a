"""`audit verify`: what is read, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.app.evidence import checkpoint_folder
from gateway.app.secrets import AUDIT_PUBLIC_KEY, public_key_in
from gateway.audit.proof.checkpoints import kept
from gateway.audit.proof.verify import Finding, Tally, Verifier
from gateway.audit.reading.reader import read
from gateway.config import Config
from gateway.errors import GatewayError
from gateway.store.client import Store


@dataclass(frozen=True)
class Sources:
    """What to verify with: public keys, and files or folders of kept checkpoints."""

    keys: Sequence[Path]
    checkpoints: Sequence[Path]


def sources_of(config: Config, said: Sources) -> Sources:
    """`said`, and what the gateway of `config` keeps where nothing was said."""
    return Sources(
        said.keys or (Path(config.data_dir) / AUDIT_PUBLIC_KEY, *config.audit.public_keys),
        said.checkpoints or (checkpoint_folder(config),),
    )


def public_key(config: Config) -> bytes:
    """The public key of the gateway of `config`, as PEM.

    Raises:
        GatewayError: `audit_source`, it cannot be read: that gateway was never started.
    """
    path = Path(config.data_dir) / AUDIT_PUBLIC_KEY
    with _read(path):
        return path.read_bytes()


class Verification:
    """One run: says each finding as it comes, and at the end what was looked at.

    Args:
        say: prints a line.

    Raises:
        GatewayError: `audit_source`, a key or a file of checkpoints cannot be read.
    """

    def __init__(self, sources: Sources, say: Callable[[str], None]) -> None:
        self.findings = 0
        self._say = say
        self._verifier = Verifier([public_key_in(path) for path in sources.keys])
        for path in sources.checkpoints:
            with _read(path):
                for place, line in kept(path):
                    self._tell(self._verifier.keep(place, line))

    async def of_store(self, store: Store, shards: int) -> None:
        """Verify the streams as they are now: what was kept outside is there already.

        Raises:
            StoreAway: the store went away.
        """
        async for entry in read(store, max(shards, self._verifier.shards)):
            self._tell(self._verifier.entry(entry.shard, entry.position, entry.line))
        self._end()

    def of_export(self, export: Path) -> None:
        """Verify the lines of a file, as `audit export` writes them.

        Raises:
            GatewayError: `audit_source`, it cannot be read.
        """
        with _read(export), export.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                end = line.removesuffix(b"\n")
                self._tell(self._verifier.entry(None, f"line {number}", end))
        self._end()

    def _tell(self, findings: Iterator[Finding]) -> None:
        for finding in findings:
            self.findings += 1
            self._say(_told(finding))

    def _end(self) -> None:
        self._tell(self._verifier.end())
        for line in _summary(self._verifier.tally):
            self._say(line)
        self._say(f"{self.findings} findings." if self.findings else "Nothing was found.")


@contextmanager
def _read(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as fault:
        raise GatewayError(
            "audit_source",
            f"{path} cannot be read: {fault}.",
            "Name the files with --public-key, --checkpoints and --export.",
        ) from fault


def _told(finding: Finding) -> str:
    who = f"writer {finding.writer}, record {finding.seq}, " if finding.writer else ""
    where = f"stream {finding.shard}, {who}{finding.position or 'nowhere'}"
    return f"{finding.fault}: {finding.detail} ({where})"


def _summary(tally: Tally) -> Iterator[str]:
    yield from tally.lost
    yield (
        f"Checked {tally.records} records of {len(tally.writers)} writers, {tally.signed} "
        f"signatures, and {tally.kept} checkpoints kept outside the store."
    )
    if not tally.kept:
        yield "Nothing was kept outside: an end or a writer that was removed cannot be found."
    if tally.uncovered:
        yield (
            f"{sum(tally.uncovered.values())} records are held by no signature. Of a writer that "
            "runs, the next checkpoint holds them. Of one that was killed, or whose records were "
            "lost, nobody can tell whether they were changed or others followed."
        )
