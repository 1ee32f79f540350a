"""Dead notices from the command line; a config's password from a file; what cannot be used."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from msgspec.structs import replace

from gateway.app.clock import wall_clock
from gateway.app.notices import Delivering, notice_desk
from gateway.cli import main
from gateway.config import Config, load
from gateway.errors import GatewayError
from gateway.notices.item import items_of
from gateway.notices.outbox import Outbox
from gateway.store.client import Store, connect
from tests.config.support import read
from tests.notices.support import AT, NOTICE

MAIL = {"host": "mail.example.com", "from": "gw@example.com"}


def config(folder: Path, **said: Any) -> Config:
    return read(folder, lambda config: config.update(notifications=said))


def run(path: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["notices", *words, "--config", str(path)])


async def died(url: str) -> None:
    store = await connect(url, timeout=5)
    try:
        outbox = Outbox(store)
        await outbox.put(items_of(replace(NOTICE, to=("a@x", "b@x", "c@x")), ("mail",)), AT)
        for waiting in await outbox.due("mail", AT, 9):
            await outbox.give_up(waiting, "550 No such user", AT + 1000)
    finally:
        await store.aclose()


async def counted(url: str) -> dict[str, int]:
    store = await connect(url, timeout=5)
    try:
        return await Outbox(store).counts()
    finally:
        await store.aclose()


def test_dead_notices_are_listed_tried_again_and_dropped(tmp_path: Path, store_url: str) -> None:
    read(tmp_path, lambda config: None)
    path = tmp_path / "gateway.yaml"
    said = yaml.safe_load(path.read_text()) | {"store": {"url": store_url}}
    path.write_text(yaml.safe_dump(said))
    asyncio.run(died(store_url))
    lines = [json.loads(line) for line in run(path, "list").output.splitlines()]
    assert [line["to"] for line in lines] == ["a@x", "b@x", "c@x"]
    assert lines[0]["why"] == "550 No such user"
    assert lines[0]["at"] == "2026-11-22T03:46:04.000Z"
    first = lines[0]["position"]
    again = run(path, "retry", first)
    assert (again.exit_code, again.output) == (0, f"{first} waits again\n")
    assert asyncio.run(counted(store_url)) == {"waiting": 1, "delivered": 0, "dead": 2}
    missing = run(path, "drop", first)
    assert missing.exit_code == 1
    assert f"there is no dead notice {first}" in missing.output
    assert run(path, "drop", "--all").output.count("is forgotten") == 2
    assert asyncio.run(counted(store_url)) == {"waiting": 1, "delivered": 0, "dead": 0}
    for words in (("retry",), ("drop", first, "--all")):
        assert run(path, *words).exit_code == 2


def test_the_password_comes_from_a_file_and_is_not_shown(tmp_path: Path) -> None:
    config(tmp_path, mail=MAIL | {"user": "gw", "password": "x"})
    (tmp_path / "password").write_text("secret\n")
    variable = "GATEWAY_NOTIFICATIONS__MAIL__PASSWORD_FILE"
    found = load(tmp_path / "gateway.yaml", {variable: str(tmp_path / "password")})
    assert found.notifications is not None
    assert found.notifications.mail is not None
    assert found.notifications.mail.password == "secret"
    assert "secret" not in repr(found)


@pytest.fixture
async def store(store_url: str) -> Any:
    opened = await connect(store_url, timeout=5)
    yield opened
    await opened.aclose()


async def test_what_the_config_names_has_to_be_there(tmp_path: Path, store: Store) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    hook = {"url": "https://x.example/", "secret_file": "missing"}
    for said in ({"mail": MAIL | {"ca_file": "ca.pem"}}, {"webhook": hook}):
        with pytest.raises(GatewayError) as unusable:
            Delivering(config(tmp_path, **said), store, wall_clock)
        assert unusable.value.code == "notifications"


async def test_nothing_is_configured_where_nothing_is_said(tmp_path: Path, store: Store) -> None:
    plain = read(tmp_path, lambda config: None)
    assert not notice_desk(plain, store, wall_clock).configured
    quiet = Delivering(plain, store, wall_clock)
    quiet.start()
    assert quiet.counts == {}
    await quiet.stop()
    assert notice_desk(config(tmp_path, mail=MAIL), store, wall_clock).configured
