"""How long the gateway takes for each page of the console, over HTTP on a socket.

    python -m tests.bench.console           a demo with some sessions, 30 rounds of every page

A page is to take less than 100 ms. Times are of the whole answer, as a client on this machine sees
it; the least, the middle one and the worst of the rounds are told in milliseconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from statistics import median
from typing import Final

from aiohttp import ClientSession

from tests.e2e.demo_process import Demo, running_demo
from tests.scratch import scratch

PAGES: Final = (
    "",
    "?q=o",
    "users",
    "user?site=crm&id=jonas.weber",
    "start?site=crm&subject=jonas.weber",
    "accounts",
    "account?site=crm&id=nordlicht",
    "account?site=crm&id=nordlicht&tab=sessions",
    "sessions",
    "sessions/{session}",
    "exports",
    "approvals",
    "preferences?site=crm&account=nordlicht",
    "settings/team",
    "settings/team/person?id=ada",
    "settings/profiles",
    "settings/policies",
    "settings/policies?subject=jonas.weber&operator=ada&mode=read_write",
    "settings/system",
)
_ROUNDS: Final = 30
_SESSIONS: Final = 20
_MOST_MS: Final = 100.0


async def measured(demo: Demo) -> dict[str, list[float]]:
    """Give the times of each page in milliseconds, as an administrator gets it."""
    times: dict[str, list[float]] = {page: [] for page in PAGES}
    base = f"http://127.0.0.1:{demo.port}/_gateway/"
    headers = {
        "Host": f"acting.localhost:{demo.port}",
        "Authorization": f"Bearer {demo.token('sam')}",
    }
    order = {"site": "crm", "subject": "jonas.weber", "mode": "read_only", "reason": "Measuring it"}
    async with ClientSession(headers=headers) as client:
        for _ in range(_SESSIONS):
            async with client.post(f"{base}api/sessions", json=order) as answer:
                session = str((await answer.json())["id"])
        async with client.get(base) as answer:
            client.headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
        for _ in range(_ROUNDS):
            for page, taken in times.items():
                began = time.perf_counter()
                async with client.get(base + page.format(session=session)) as answer:
                    await answer.read()
                    assert answer.status == 200, page
                taken.append((time.perf_counter() - began) * 1000)
    return times


async def main() -> int:
    """Measure, say it, and give 1 where a page takes too long."""
    with scratch() as folder:
        async with running_demo(Path(folder)) as demo:
            times = await measured(demo)
    for page, taken in times.items():
        worst = max(taken[1:])
        print(f"{min(taken):7.1f} {median(taken):7.1f} {worst:7.1f}  /{page}")  # noqa: T201
    return int(any(median(taken) >= _MOST_MS for taken in times.values()))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
