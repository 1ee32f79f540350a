"""`make torture`: load through real gateways while everything around them fails.

At random, by a printed seed, workers, gateways, the store and the app are killed and frozen, and
the network between them is cut, torn, delayed, stalled and lost. Then three ledgers must agree:
what clients got, what the app saw, what the stream holds. The exit status is 1 when they do not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import structlog

from tests.torture.run import Result, run

JSON = Path("build/torture.json")
_QUICK = 15.0


def main() -> int:
    """Torture, print the reconciled ledgers, and say whether all is well."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=5, help="of chaos")
    parser.add_argument("--quick", action="store_true", help="end within 50 seconds")
    parser.add_argument("--seed", help="repeat the plan of an earlier run")
    said = parser.parse_args()
    seed = said.seed or secrets.token_hex(4)
    seconds = _QUICK if said.quick else said.minutes * 60
    say(f"torture: SEED={seed}, {seconds:.0f} seconds of chaos")
    folder = Path(tempfile.mkdtemp(prefix="gw-"))
    log = (folder / "last.log").open("w")
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(log))
    began = time.monotonic()
    result = asyncio.run(run(folder, seed, seconds, say))
    sys.stdout.write(table(result))
    found = sum(map(len, result.offences.values()))
    JSON.parent.mkdir(exist_ok=True)
    report = {
        "seed": seed,
        "seconds": round(time.monotonic() - began, 1),
        "acts": dict(result.acts),
        "counted": result.counted,
        "offences": result.offences,
        "verify": result.verified,
        "tampering": asdict(result.planted),
    }
    JSON.write_text(json.dumps(report, indent=2) + "\n")
    if found:
        say(f"torture: {found} offences; the logs are in {folder}, repeat with SEED={seed}")
        return 1
    shutil.rmtree(folder)
    return 0


def table(result: Result) -> str:
    """What was counted, and the offences of each kind."""
    rows = [f"{count:12,}  {what}" for what, count in result.counted.items()]
    rows.append("")
    rows += [
        f"{sum(result.acts.values()):12,}  acts: "
        + ", ".join(f"{count} {what}" for what, count in sorted(result.acts.items()))
    ]
    rows.append("")
    rows += [f"{len(found):12,}  {what}" for what, found in result.offences.items()]
    return "\n".join(rows) + "\n"


def say(progress: str) -> None:
    """Tell whoever waits how far it is."""
    sys.stderr.write(progress + "\n")


if __name__ == "__main__":
    sys.exit(main())
