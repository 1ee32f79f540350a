"""From the config to what tells people: the outbox, who puts into it, and who delivers."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from gateway.app.destinations import posting_to
from gateway.audit.forward.destination import Destination
from gateway.config import Config
from gateway.config.notifications import Mail
from gateway.errors import GatewayError, StoreAway
from gateway.notices.by_webhook import WebhookWay
from gateway.notices.courier import Courier
from gateway.notices.item import WayName
from gateway.notices.outbox import Outbox
from gateway.notices.posting import NoticeDesk
from gateway.notices.way import Way
from gateway.store.client import Store
from gateway.store.keys import notices_of
from gateway.store.lease import Lease
from gateway.tasks import end, lasting

MEASURE_EVERY: Final = 5.0
"""Seconds between looks at how many wait."""


def notice_desk(config: Config, store: Store, now: Callable[[], int]) -> NoticeDesk:
    """Where notices are put."""
    said = config.notifications
    ways: list[WayName] = []
    if said is not None and said.mail is not None:
        ways.append("mail")
    if said is not None and said.webhook is not None:
        ways.append("webhook")
    return NoticeDesk(Outbox(store), tuple(ways), said.approvals if said else (), now)


class Delivering:
    """Delivers what this gateway, or another on the same store, has put into the outbox.

    `counts`: how many notices wait, were delivered and are dead, as of the last look; empty where
    nothing is configured.

    Raises:
        GatewayError: `notifications`, a file that the config names cannot be used.
    """

    def __init__(self, config: Config, store: Store, now: Callable[[], int]) -> None:
        self.counts: dict[str, int] = {}
        self._outbox = Outbox(store)
        who = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        draw = random.SystemRandom().random
        self._closing: list[Destination] = []
        self._couriers: list[Courier] = []
        self._measuring: asyncio.Task[None] | None = None
        for name, way in self._ways(config):
            lease = Lease(store, notices_of(f"lease_{name}"), who)
            self._couriers.append(Courier(name, way, self._outbox, lease, draw, now))

    def start(self) -> None:
        """Begin."""
        for courier in self._couriers:
            courier.start()
        if self._couriers:
            self._measuring = lasting(self._measure, "counting notices")

    async def stop(self) -> None:
        """Let another deliver."""
        if self._measuring is not None:
            await end(self._measuring)
        await asyncio.gather(*(courier.stop() for courier in self._couriers))
        for each in self._closing:
            await each.aclose()

    def _ways(self, config: Config) -> list[tuple[WayName, Way]]:
        said = config.notifications
        ways: list[tuple[WayName, Way]] = []
        if said is not None and said.mail is not None:
            ways.append(("mail", mail_way(said.mail)))
        if said is not None and said.webhook is not None:
            try:
                destination = posting_to(said.webhook, "application/json")
            except GatewayError as fault:
                raise GatewayError("notifications", fault.detail, fault.advice) from fault
            self._closing.append(destination)
            ways.append(("webhook", WebhookWay(destination)))
        return ways

    async def _measure(self) -> None:
        while True:
            with suppress(StoreAway):
                self.counts = await self._outbox.counts()
            await asyncio.sleep(MEASURE_EVERY)


def mail_way(said: Mail) -> Way:
    """The mail server that the config names.

    Raises:
        GatewayError: `notifications`, its authorities cannot be used.
    """
    from gateway.notices.by_mail import PORTS, MailWay  # a start without mails goes without

    try:
        context = ssl.create_default_context(cafile=said.ca_file)
    except OSError as fault:  # an SSLError is an OSError
        raise GatewayError(
            "notifications",
            f"{said.ca_file} cannot be used: {fault}.",
            "Mend the file, or let notifications.mail.ca_file name another.",
        ) from fault
    return MailWay(
        said.host.strip("[]"),
        said.port or PORTS[said.security],
        said.security,
        said.user,
        said.password,
        said.sender,
        context,
        said.timeout,
    )
