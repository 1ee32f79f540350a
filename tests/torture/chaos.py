"""Does what the plan says, to whom it says."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.torture.network import Network
from tests.torture.plan import Act
from tests.torture.processes import Program, Store, say_to


@dataclass
class Chaos:
    """Acts on one thing come one after the other; on several at the same time."""

    gateways: Sequence[Program]
    app: Program
    store: Store
    to_store: Sequence[Network]
    """Of each gateway."""
    to_app: Network
    say: Callable[[str], None]
    done: Counter[str] = field(default_factory=Counter)
    _turns: Mapping[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def run(self, acts: Sequence[Act]) -> None:
        """Do all of them, and return when the last one is over."""
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for act in acts:
                await asyncio.sleep(began + act.at - asyncio.get_running_loop().time())
                group.create_task(self._do(act))

    async def _do(self, act: Act) -> None:
        self.say(str(act))
        if act.whom in ("to store", "to app"):
            network = self.to_app if act.whom == "to app" else self.to_store[act.number]
            await getattr(network, act.what)(act.seconds)
        else:
            whom = f"{act.whom} {act.number}" if act.whom == "gateway" else act.whom
            async with self._turns[whom]:
                await self._to_process(act)
        self.done[f"{act.what} {act.whom}"] += 1

    async def _to_process(self, act: Act) -> None:
        gateway = self.gateways[act.number]
        match act.whom, act.what:
            case "worker", what:
                pids = gateway.workers()
                if len(pids) > act.part:
                    await _to_worker(pids[act.part], what, act.seconds)
            case "gateway", "freeze":
                pids = [*gateway.workers(), *filter(None, [gateway.pid])]
                await _frozen(pids, act.seconds)
            case "gateway", what:
                number = signal.SIGKILL if what == "kill" else signal.SIGTERM
                await gateway.down(number, act.seconds)
                await gateway.start()
            case "store", "freeze":
                self.store.send(signal.SIGSTOP)
                await asyncio.sleep(act.seconds)
                self.store.send(signal.SIGCONT)
            case "store", _:
                self.store.kill()
                await asyncio.sleep(act.seconds)
                await asyncio.to_thread(self.store.start)
            case "app", "freeze":
                self.app.send(signal.SIGSTOP)
                await asyncio.sleep(act.seconds)
                self.app.send(signal.SIGCONT)
            case _:
                await self.app.down(signal.SIGKILL, act.seconds)
                await self.app.start()


async def _to_worker(pid: int, what: str, seconds: float) -> None:
    if what == "kill":
        say_to(pid, signal.SIGKILL)
    else:
        await _frozen([pid], seconds)


async def _frozen(pids: Sequence[int], seconds: float) -> None:
    for pid in pids:
        say_to(pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    for pid in reversed(pids):
        say_to(pid, signal.SIGCONT)
