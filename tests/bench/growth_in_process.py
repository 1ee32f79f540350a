"""What is decided in one process, timed: one of few beside one of many, in turns.

Each figure is by how many microseconds of CPU the many cost more. Paths are new for each call, so
that no answer is remembered.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import count, product
from typing import Any

import msgspec

from gateway.model import Mode
from gateway.policy.graphql import Endpoints, compile_graphql
from gateway.policy.messages import ListedMessages
from gateway.policy.paths import PathPattern
from gateway.policy.requests import RequestRule, compile_requests
from gateway.policy.sockets import Socket, Sockets
from gateway.redaction.rules import RedactionRule, compile_rules
from gateway.sessions.jar import Cookie, cookie_header
from gateway.sessions.live import LiveSessions
from gateway.sessions.repository import Found, SessionRepository
from gateway.site import Places
from gateway.wire.memory import Memory
from tests.bench.figure import Figure
from tests.middleware.support import a_site
from tests.sample import SESSION

FLAT = 2.0
"""Microseconds that many may cost more than one."""

Call = Callable[[], object]


def flat(name: str, one: Call, many: Call, rounds: int) -> Figure:
    """The figure of what should not grow."""
    return Figure(7, name, extra(one, many, rounds), "us more", FLAT)


def extra(one: Call, many: Call, rounds: int, calls: int = 300) -> tuple[float, ...]:
    """By how many microseconds a call of `many` takes longer."""

    def timed(call: Call) -> float:
        started = time.thread_time()
        for _ in range(calls):
            call()
        return (time.thread_time() - started) / calls * 1e6

    gc.collect()
    gc.disable()
    try:
        timed(one), timed(many)
        return tuple(-timed(one) + timed(many) for _ in range(rounds))
    finally:
        gc.enable()


def of_rules(most: int, rounds: int) -> Iterator[Figure]:
    """The worst cases: a path that matches the last rule, and one that matches none."""
    for form in ("/p{}/**", "/**/p{}/edit"):
        blocks = [
            RequestRule(id=f"r{n}", effect="block", methods=("ANY",), path=form.format(n))
            for n in range(most)
        ]
        allows = [msgspec.structs.replace(each, effect="allow") for each in blocks]
        hides = [
            RedactionRule(id=f"r{n}", category="c", fields=("x",), paths=(form.format(n),))
            for n in range(most)
        ]
        kinds: dict[str, tuple[Callable[[str], object], ...]] = {
            "block": (_deciding(blocks[-1:], "GET"), _deciding(blocks, "GET")),
            "allow": (_deciding(allows[-1:], "PURGE"), _deciding(allows, "PURGE")),
            "redaction": (_selecting(hides[-1:]), _selecting(hides)),
        }
        last = form.format(most - 1).replace("**", "{}")
        for (kind, (one, many)), path in product(kinds.items(), (last, "/none/{}/of/them")):
            case = "none" if path.startswith("/none") else "the last"
            name = f"{most:,} {kind} rules {form}, {case} matches"
            yield flat(name, _new(path, one), _new(path, many), rounds)
    listed = ListedMessages("live", (), opened=False)
    sockets = {f"s{n}": Socket(PathPattern(f"/p{n}/*"), listed) for n in range(most)}
    endpoints = [
        compile_graphql(f"/p{n}/*", introspection=False, persisted={}) for n in range(most)
    ]
    path = f"/p{most - 1}/{{}}"
    one, many = Sockets(dict([*sockets.items()][-1:])).rule_at, Sockets(sockets).rule_at
    yield flat(f"{most:,} WebSockets", _new(path, one), _new(path, many), rounds)
    first, all_ = Endpoints(endpoints[-1:]).at, Endpoints(endpoints).at
    yield flat(f"{most:,} GraphQL endpoints", _new(path, first), _new(path, all_), rounds)


def _deciding(rules: Sequence[RequestRule], method: str) -> Callable[[str], object]:
    compiled = compile_requests(rules)
    return lambda path: compiled.decide(method, path, Mode.READ_ONLY)


def _selecting(rules: Sequence[RedactionRule]) -> Callable[[str], object]:
    compiled = compile_rules(rules, hash_key=bytes(32))
    return lambda path: compiled.select(path, ())


def _new(path: str, ask: Callable[[str], object]) -> Call:
    """Ask for a path that was never asked for before."""
    numbers = count()
    return lambda: ask(path.format(f"i{next(numbers)}"))


def of_sites(most: int, rounds: int) -> Iterator[Figure]:
    """The place that a Host names."""
    sites = [
        replace(a_site(), name=f"s{n}", hosts=(f"s{n}.test",), session_suffix=f"s{n}.test")
        for n in range(most)
    ]
    few, many = (Places("c.test", some, frozenset({"80"})) for some in (sites[-1:], sites))
    last = sites[-1].canonical
    one, all_ = _around([last]), _around([site.canonical for site in sites])
    name = f"{most:,} sites in turn"
    yield flat(name, lambda: few.find(one()), lambda: many.find(all_()), rounds)
    labels = map("".join, product("abcdefghijkmnopqrstuvw", repeat=3))
    of_sessions = [f"{label:a<16}.{last}" for label in labels][:10_000]
    for host in of_sessions:  # each has been here before
        many.find(host)
    hosts = _around(of_sessions)
    yield flat(
        "10,000 sessions' hosts in turn",
        lambda: few.find(one()),
        lambda: many.find(hosts()),
        rounds,
    )


def _around(values: Sequence[str]) -> Callable[[], str]:
    at = count()
    return lambda: values[next(at) % len(values)]


class _Still(SessionRepository):
    """Holds any session that is asked for, and gives it at once."""

    def __init__(self) -> None:
        pass

    async def get(self, session_id: str) -> Found | None:
        session = msgspec.structs.replace(SESSION, id=session_id)
        return Found(session, (), SESSION.started_at, ending=False)

    async def jar(self, session_id: str) -> tuple[int, dict[str, Cookie]]:
        return 0, {}


def of_live_sessions(most: int, rounds: int) -> Iterator[Figure]:
    """A worker's table of sessions: the look each second at who is over, and one session more."""
    few, many = _worker(1), _worker(most)

    def look(live: LiveSessions) -> None:
        _run(live.cut_over())

    yield flat(f"a second of {most:,} sessions", partial(look, few), partial(look, many), rounds)
    ids = (f"{n:016}" for n in count(most))
    token = "x" * 43

    def load(live: LiveSessions) -> None:
        _run(live.find(next(ids) + token, 0))

    yield flat(f"one session more than {most:,}", lambda: load(few), lambda: load(many), rounds)


def _worker(sessions: int) -> LiveSessions:
    live = LiveSessions(_Still(), lambda: SESSION.started_at)
    live.connected = True
    for n in range(sessions):
        _run(live.find(f"{n:016}" + "x" * 43, 0))
    return live


def _run(waiting: Coroutine[Any, Any, object]) -> None:
    """Run what waits for nothing."""
    try:
        waiting.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits")


def of_memories(rounds: int) -> Iterator[Figure]:
    """A memory that is asked for more than it holds, beside working each key out."""
    memory: Memory[str, str] = Memory(str.upper, len)
    name = _around([f"key-{n}" for n in range(10_000)])
    yield flat("10,000 keys in turn", lambda: str.upper(name()), lambda: memory[name()], rounds)


def of_jars(rounds: int) -> Iterator[Figure]:
    """What each cookie of a jar adds to a request; it has to be written to the app, after all."""
    cookies = {
        f"c{n}": Cookie(
            name=f"c{n}", value="v" * 20, domain="crm.test", host_only=True, path="/",
            secure=True, http_only=True, same_site="Lax", created_at=n,
        )
        for n in range(50)
    }  # fmt: skip

    def header(jar: dict[str, Cookie]) -> Call:
        return lambda: cookie_header(jar, host="crm.test", path="/a", now_ms=0)

    values = tuple(each / 50 for each in extra(header({}), header(cookies), rounds))
    yield Figure(7, "each of 50 cookies in a jar", values, "us more")
