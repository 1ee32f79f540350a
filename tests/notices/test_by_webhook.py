"""What a webhook is posted: what the notice tells, and the same each time."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from gateway.audit.forward.destination import NotNow, Outgoing, Refused
from gateway.notices.by_webhook import WebhookWay, body_of
from gateway.notices.item import items_of
from gateway.notices.way import Away, Never
from tests.notices.support import NOTICE

[ITEM] = items_of(NOTICE, ("webhook",))


class Receiver:
    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    async def send(self, records: Sequence[Outgoing]) -> None:
        raise self.fault

    async def aclose(self) -> None:
        raise AssertionError


def test_the_body_has_what_is_told_and_no_more() -> None:
    body = body_of(replace(NOTICE, reason="", ticket=""))
    assert body == body_of(replace(NOTICE, reason="", ticket=""))
    said = json.loads(body)
    assert said["timestamp"] == "2026-11-22T03:46:03.000Z"
    assert said["type"] == "session_started"
    assert set(said["data"]) == {
        *("id", "to", "site", "account", "who", "profile", "whom", "mode", "link"),
        *("since", "until"),
    }


@pytest.mark.parametrize(("fault", "kind"), [(NotNow("503"), Away), (Refused("400"), Never)])
async def test_what_the_receiver_says_is_understood(
    fault: Exception, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=str(fault)):
        await WebhookWay(Receiver(fault)).send(ITEM)
