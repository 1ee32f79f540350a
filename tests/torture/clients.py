"""Who asks: ordinary users, and operators who start sessions, act, and end them in the middle."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Any

from tests.e2e.harness import CONSOLE, HOST
from tests.torture.http import Answer, Gate, Link
from tests.torture.ledgers import ANSWERED, BAR, CANARY, Acted, Asked

_BOUND = 20.0
"""Seconds after which a client gives up."""
_GOVERNED = ("json", "json", "json", "page", "page", "large", "slow", "post", "post", "missing",
             "drop", "short")  # fmt: skip
_ORDINARY = ("plain", "json", "large", "post")
_AFTER_THE_END = 8
"""Requests that each client still makes in a session whose end has returned."""
_MADE = re.compile(rb"data: ([0-9.]+)\n\n")


@dataclass
class Clients:
    """All that the clients know: their ledger. `stop` lets each come to its end."""

    gates: Sequence[Gate]
    seed: str
    asked: list[Asked] = field(default_factory=list)
    acted: list[Acted] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, ordinary: int, operators: int) -> None:
        """Ask until `stop` is set."""
        async with asyncio.TaskGroup() as group:
            for number in range(ordinary):
                group.create_task(self._ordinary(Random(f"{self.seed} ordinary {number}")))
            for number in range(operators):
                group.create_task(self._operator(Random(f"{self.seed} operator {number}")))

    async def calm(self) -> bool:
        """Whether each gateway serves a session that is started there."""
        random = Random(self.seed)
        for gate in self.gates:
            session = await _entered(gate, random, self.acted)
            if session is None:
                return False
            asked = await self._ask(Link(gate), "json", random, session)
            if not (asked.whole and asked.status == 200):
                return False
        return True

    async def _ordinary(self, random: Random) -> None:
        links = [Link(gate) for gate in self.gates]
        while not self.stop.is_set():
            await self._ask(random.choice(links), random.choice(_ORDINARY), random)
            await asyncio.sleep(random.uniform(0.01, 0.1))

    async def _operator(self, random: Random) -> None:
        """One session after the other: two hands act, one listens, and the end comes in between."""
        while not self.stop.is_set():
            session = await _entered(random.choice(self.gates), random, self.acted)
            if session is None:
                await asyncio.sleep(random.uniform(0.05, 0.2))
                continue
            async with asyncio.TaskGroup() as group:
                for _ in range(2):
                    group.create_task(self._hand(session, Random(random.random())))
                group.create_task(self._listener(session, Random(random.random())))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.stop.wait(), random.uniform(0.5, 6))
                await self._end(session, random)

    async def _hand(self, session: Session, random: Random) -> None:
        slow = random.uniform(0.001, 0.01) if random.random() < 0.2 else 0.0
        links = [Link(gate, slow) for gate in self.gates]
        left = _AFTER_THE_END
        while left:
            left -= session.acted.over is not None
            await self._ask(random.choice(links), random.choice(_GOVERNED), random, session)
            await asyncio.sleep(random.uniform(0.005, 0.05))

    async def _listener(self, session: Session, random: Random) -> None:
        """Listen to streams, until the end or a while; sometimes go away in the middle."""
        while session.acted.over is None and not self.stop.is_set():
            stays = _BOUND if random.random() < 0.8 else random.uniform(0.1, 2)
            link = Link(random.choice(self.gates))
            await self._ask(link, "stream", random, session, stays=stays)
            link.close()
            await asyncio.sleep(random.uniform(0.02, 0.2))

    async def _end(self, session: Session, random: Random) -> None:
        """End a session; ask again until it is certain, or nobody can be asked for too long."""
        give_up = time.monotonic() + 2 * _BOUND
        while time.monotonic() < give_up:
            gate = random.choice(self.gates)
            path = f"sessions/{session.acted.id}"
            answer = await _api(gate, "DELETE", path, session.acted.actor)
            if answer.whole and answer.status == 204:
                session.acted.over = time.monotonic()
                return
            if answer.status == 404:  # the answer to an end before was lost
                break
            await asyncio.sleep(random.uniform(0.05, 0.3))
        session.acted.over = inf

    async def _ask(
        self,
        link: Link,
        kind: str,
        random: Random,
        session: Session | None = None,
        stays: float = _BOUND,
    ) -> Asked:
        method = "POST" if kind == "post" else "GET"
        asked = Asked(f"{random.getrandbits(64):016x}", kind, method)
        asked.slow, asked.spools = link.slow, link.gate.spools
        fields, body, answer = {"Host": HOST}, b"", Answer()
        if session is not None:
            asked.session = session.acted.id
            fields = {"Host": session.host, "Cookie": session.cookie}
        if kind == "post":
            body, fields["Content-Type"] = b"." * random.randrange(1, 20_000), "text/plain"
        asked.sent = time.monotonic()
        self.asked.append(asked)
        try:
            async with asyncio.timeout(stays):
                await link.ask(asked.method, f"/{kind}/{asked.id}", fields, body, answer)
        except TimeoutError:
            asked.left = True
        except (OSError, EOFError):
            pass
        _note(asked, answer)
        return asked


@dataclass
class Session:
    """A session as the one who acts in it has it."""

    acted: Acted
    host: str
    cookie: str


def _note(asked: Asked, answer: Answer) -> None:
    asked.status, asked.size, asked.whole = answer.status, answer.size, answer.whole
    asked.answers = answer.fields.get(ANSWERED, "")
    if answer.fields.get("content-type", "").startswith("application/problem") and asked.whole:
        asked.code = json.loads(answer.body)["code"]
    asked.leaked = CANARY.encode() in answer.body
    if answer.fields.get("content-type", "").startswith("text/html") and asked.whole:
        asked.bar = BAR in answer.body
    if asked.kind == "stream":
        asked.newest = max(map(float, _MADE.findall(answer.body)), default=0.0)


async def _entered(gate: Gate, random: Random, acted: list[Acted]) -> Session | None:
    """Start a session and enter it; None where something was in the way."""
    actor = random.choice(("ada", "ada", "sam"))
    mode = "read_write" if actor == "ada" and random.random() < 0.7 else "read_only"
    order = {"site": "crm", "subject": random.choice(("jonas", "priya")), "mode": mode,
             "reason": "Looks into it"}  # fmt: skip
    started = await _api(gate, "POST", "sessions", actor, order)
    if started.status != 201 or not started.whole:
        return None
    said = json.loads(started.body)
    host = said["enter_url"].split("/")[2].partition(":")[0]
    fields = {"Host": host, "Content-Type": "application/x-www-form-urlencoded"}
    code = said["enter_url"].partition("code=")[2]
    entered = await _tried(gate, "POST", "/_gateway/enter", fields, f"code={code}".encode())
    if entered.status != 303:
        return None
    session = Acted(said["id"], order["subject"], actor, mode)
    acted.append(session)
    return Session(session, host, entered.fields["set-cookie"].partition(";")[0])


async def _api(
    gate: Gate, method: str, path: str, operator: str, order: dict[str, Any] | None = None
) -> Answer:
    fields = {"Host": CONSOLE, "Authorization": f"Bearer {gate.token(operator)}"}
    if order:
        fields["Content-Type"] = "application/json"
    body = json.dumps(order).encode() if order else b""
    return await _tried(gate, method, f"/_gateway/api/{path}", fields, body)


async def _tried(
    gate: Gate, method: str, target: str, fields: dict[str, str], body: bytes
) -> Answer:
    link, answer = Link(gate), Answer()
    try:
        async with asyncio.timeout(_BOUND):
            await link.ask(method, target, fields, body, answer)
    except (OSError, EOFError, TimeoutError):
        pass
    link.close()
    return answer
