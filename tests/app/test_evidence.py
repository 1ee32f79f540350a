"""What the consumers of the config mean to a gateway that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.audit.forward.webhook import signature
from gateway.errors import StoreAway
from gateway.store.keys import audit_stream
from tests.audit.forward.support import KEY, SECRET, receiving
from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import recorder_app

STREAM = audit_stream(0)


async def told(gw: Running) -> dict[str, float]:
    """The metrics of what is not delivered."""
    async with gw.client.get(f"http://127.0.0.1:{gw.ops_port}/metrics") as answer:
        lines = [line for line in (await answer.text()).splitlines() if "{consumer=" in line]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def away(*_: object) -> None:
    raise StoreAway("store_away", "The store did not answer.")


async def test_what_a_required_consumer_has_not_acknowledged_is_counted_and_stays(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumers = [
        {"name": "siem", "file": {"path": "siem.jsonl"}, "required": True},
        {"name": "other", "file": {"path": "other.jsonl"}},
    ]
    more: dict[str, Any] = {"audit": {"consumers": consumers, "keep": "1ms"}}
    async with recorder_app() as app, running(tmp_path, store_url, site(app.port), **more) as gw:
        evidence, store = gw.gateway.evidence, gw.store.redis
        await gw.enter()
        await evidence.checkpoint()
        await gw.enter()
        await gw.records()
        count = await store.xlen(STREAM)
        await evidence.measure()
        lag = await told(gw)
        assert lag['gateway_audit_consumer_lag{consumer="siem"}'] == count
        assert lag['gateway_audit_consumer_lag{consumer="other"}'] == count
        assert lag['gateway_audit_consumer_oldest_seconds{consumer="siem"}'] > 0
        for _ in range(2):  # the first beat asks how far the stream is, the second one tells it
            await evidence.start()
        await evidence.trim()
        assert await store.xlen(STREAM) == count, "nobody has delivered anything yet"
        await store.xgroup_create(STREAM, "siem", "0")
        read: Any = await store.xreadgroup("siem", "forwarder", {STREAM: ">"}, count=count)
        positions = [position for position, _ in read[STREAM.encode()]]
        await store.xack(STREAM, "siem", *positions[:-1])
        await evidence.trim()
        await evidence.measure()
        rest: Any = await store.xrange(STREAM)
        left = [position for position, _ in rest]
        assert positions[-1] in left
        assert positions[0] not in left
        lag = await told(gw)
        assert lag['gateway_audit_consumer_lag{consumer="siem"}'] == 2, "it and audit.trimmed"
        assert lag['gateway_audit_consumer_lag{consumer="other"}'] == len(left)
        monkeypatch.setattr("gateway.app.evidence.lag_of", away)
        with pytest.raises(StoreAway):
            await evidence.measure()
        assert await told(gw) == {}, "what was true before may be so no more"


async def test_each_checkpoint_is_posted_to_a_receiver_outside_the_last_one_at_the_stop(
    tmp_path: Path, store_url: str
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    async with receiving() as receiver, recorder_app() as app:
        receiver.turns.append(503)
        webhook = {"url": receiver.url, "secret_file": "secret"}
        more: dict[str, Any] = {"audit": {"checkpoint_webhook": webhook}}
        async with running(tmp_path, store_url, site(app.port), **more) as gw:
            await gw.gateway.evidence.checkpoint()
            await receiver.posted(1)
            await gw.enter()
            await gw.gateway.evidence.checkpoint()
            await receiver.takes(2)
        await receiver.takes(3)
        kept = b"".join(each.read_bytes() for each in files(tmp_path / "data/checkpoints"))
    got = [line for post in receiver.posts for line in post.body.splitlines()]
    assert list(dict.fromkeys(got)) == kept.splitlines()
    assert kept.count(b"audit.checkpoint") == 3
    for post in receiver.posts:
        name, at = post.headers["webhook-id"], int(post.headers["webhook-timestamp"])
        assert post.headers["webhook-signature"] == signature(name, at, post.body, KEY)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))
