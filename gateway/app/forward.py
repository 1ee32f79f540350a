"""`audit forward`: what is wired for one consumer of the config."""

from __future__ import annotations

import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import msgspec

from gateway.app.clock import wall_clock
from gateway.app.destinations import destination_of
from gateway.app.log import log_as_json
from gateway.app.reading import opened
from gateway.app.signals import told_to_stop
from gateway.audit.forward.dead import DeadLetter, DeadLetters
from gateway.audit.forward.deliver import Delivery
from gateway.audit.forward.destination import Destination, NotNow, Outgoing, Refused, head_of
from gateway.audit.forward.forwarder import Forwarder
from gateway.audit.forward.group import Group
from gateway.audit.forward.pace import Rest
from gateway.audit.reading.choice import wanted
from gateway.audit.reading.lag import lag_of
from gateway.config import Config
from gateway.config.consumers import Consumer
from gateway.errors import GatewayError
from gateway.store.keys import audit_forwarder
from gateway.store.lease import Lease


async def forward(config: Config, consumer: Consumer) -> None:
    """Deliver until SIGINT or SIGTERM.

    Raises:
        GatewayError: `audit_forward`, the destination's files cannot be used.
        StoreAway: the store did not answer at the start; later it is waited for.
    """
    log_as_json(consumer=consumer.name)
    rest, draw = Rest(told_to_stop()), random.SystemRandom().random
    who = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    async with _reaching(consumer) as destination, opened(config) as store:
        group = Group(store, consumer.name)
        delivery = Delivery(
            group,
            destination,
            DeadLetters(store, consumer.name),
            wanted=partial(wanted, consumer.only),
            rest=rest,
            draw=draw,
            now=wall_clock,
        )
        shards = config.audit.shards
        forwarder = Forwarder(
            group,
            Lease(store, audit_forwarder(consumer.name), who),
            delivery,
            shards,
            lag=partial(lag_of, store, shards, consumer.name, wall_clock),
            rest=rest,
            draw=draw,
        )
        await forwarder.run()


async def list_dead(config: Config, consumer: Consumer, say: Callable[[bytes], None]) -> None:
    """Say each dead letter as a line of JSON, the oldest first.

    Raises:
        StoreAway: the store went away.
    """
    async with opened(config) as store:
        async for letter in DeadLetters(store, consumer.name).all():
            say(_told(letter))


async def retry_dead(config: Config, consumer: Consumer, say: Callable[[str], None]) -> int:
    """Send each dead letter once more, by itself; give how many are left.

    Raises:
        GatewayError: `audit_forward`, the destination is away or its files cannot be used.
        StoreAway: the store went away.
    """
    sent = left = 0
    async with _reaching(consumer) as destination, opened(config) as store:
        letters = DeadLetters(store, consumer.name)
        async for letter in letters.all():
            why = await _sent(destination, letter)
            if why:
                left += 1
                say(f"{letter.shard} {letter.position}: {why}")
            else:
                await letters.remove(letter)
                sent += 1
    say(f"{sent} were sent, {left} are left.")
    return left


async def _sent(destination: Destination, letter: DeadLetter) -> str:
    """Send one; say why it was refused, nothing when it was confirmed."""
    head = head_of(letter.line)
    if head is None:
        return letter.reason
    try:
        await destination.send([Outgoing(letter.position, letter.line, head)])
    except Refused as why:
        return str(why)
    except NotNow as why:
        raise GatewayError(
            "audit_forward",
            f"The destination takes nothing now: {why}.",
            "Those that are not sent stay; send them again when it is back.",
        ) from why
    return ""


def _told(letter: DeadLetter) -> bytes:
    record: object = letter.line.decode("ascii", "backslashreplace")
    if head_of(letter.line) is not None:
        record = msgspec.Raw(letter.line)
    said = {
        "at": letter.at,
        "reason": letter.reason,
        "shard": letter.shard,
        "position": letter.position,
        "record": record,
    }
    return msgspec.json.encode(said)


@asynccontextmanager
async def _reaching(consumer: Consumer) -> AsyncIterator[Destination]:
    destination = destination_of(consumer)
    try:
        yield destination
    finally:
        await destination.aclose()
