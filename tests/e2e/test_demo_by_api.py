"""The demo's main job in six lines of curl, as a script or a reader of the README runs them."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import redis

from tests.e2e.demo_process import Demo, lives, running_demo

START = (
    'curl -s "${CONSOLE}api/sessions" -H "Authorization: Bearer $TOKEN" --json '
    '\'{"site": "crm", "subject": "jonas.weber", "mode": "read_only", "reason": "Empty board"}\''
)
ENTER = 'curl -si -X POST "$ENTER_URL" | grep -o "__Host-gateway_session=[^;]*"'
LOOK = 'curl -s "$APP/api/contacts/1" -H "Cookie: $COOKIE"'
CHANGE = 'curl -s "$APP/api/deals/1" -X PATCH -H "Cookie: $COOKIE" --json \'{"stage": "Won"}\''
END = 'curl -s "${CONSOLE}api/sessions/$ID" -X DELETE -H "Authorization: Bearer $TOKEN"'
OWN = 'curl -s "$CRM/api/contacts/1" -H "X-Remote-User: jonas.weber"'


async def run(line: str, **variables: str) -> str:
    """Run a line as a shell does, and give what it prints."""
    shell = await asyncio.create_subprocess_shell(
        line, env=os.environ | variables, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await shell.communicate()
    assert shell.returncode == 0, line
    return printed.decode().strip()


def values_of(value: Any, key: str) -> set[str]:
    """Every text under a key of a JSON value, at any depth."""
    if isinstance(value, dict):
        own = {value[key]} if key in value else set()
        return own.union(*(values_of(each, key) for each in value.values()))
    return (
        set().union(*(values_of(each, key) for each in value)) if isinstance(value, list) else set()
    )


async def test_the_main_job_in_six_lines_of_curl(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as demo:
        said = {"CONSOLE": demo.console, "CRM": demo.crm, "TOKEN": demo.token("ada")}
        started = json.loads(await run(START, **said))
        said |= {"ID": started["id"], "ENTER_URL": started["enter_url"]}
        said |= {"APP": started["enter_url"].partition("/_gateway/")[0]}
        said |= {"COOKIE": await run(ENTER, **said)}
        contact = json.loads(await run(LOOK, **said))
        assert contact["name"]
        for hidden in ("private_notes", "survey_comments", "meeting_notes"):
            assert values_of(contact, hidden) == {"•••"}
        stopped = json.loads(await run(CHANGE, **said))
        assert (stopped["status"], stopped["code"]) == (403, "read_only")
        assert await run(END, **said) == ""
        over = json.loads(await run(LOOK, **said))
        assert over["code"] == "no_session"
        assert "error" in json.loads(await run(OWN, **said))  # nobody is anybody by a header
        check_record(demo, stopped["record"])


def check_record(demo: Demo, number: str) -> None:
    """What stopped the change stands in the stream, under the id that the answer gave."""
    with redis.Redis.from_url(demo.said["store"]) as client:
        rows: Any = client.xrange("gateway:audit:0")
    records = [json.loads(fields[b"record"]) for _, fields in rows]
    (stopped,) = [record for record in records if record["id"] == number]
    assert stopped["actor"]["id"] == "ada"
    assert stopped["subject"]["id"] == "jonas.weber"
    assert (stopped["decision"], stopped["rule"]) == ("deny", "read_only.safe_methods")
    assert stopped["method"] == "PATCH"


async def test_what_it_says_is_where_things_are(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as demo:
        ready = await run(
            'curl -s -o /dev/null -w "%{http_code}" "$OPS/readyz"', OPS=demo.said["ops"]
        )
        assert ready == "200"
        assert [each["profile"] for each in demo.said["operators"]] == [
            "Customer Success Manager",
            "Super Manager",
            "Administrator",
        ]
        assert {"id": "jonas.weber", "name": "Jonas Weber", "account": "nordlicht"} in demo.said[
            "subjects"
        ]


async def test_a_second_run_finds_the_records_of_the_first(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as demo:
        said = {"CONSOLE": demo.console, "TOKEN": demo.token("ada")}
        first = json.loads(await run(START, **said))["id"]
        children = demo.descendants()
        assert len(children) >= 2
        assert await demo.interrupt() == 0
        assert [child for child in children if lives(child)] == []
    async with running_demo(tmp_path) as demo:
        with redis.Redis.from_url(demo.said["store"]) as client:
            rows: Any = client.xrange("gateway:audit:0")
        assert any(first == json.loads(row[b"record"]).get("session") for _, row in rows)


async def test_an_account_is_acted_for_as_such(tmp_path: Path) -> None:
    as_account = START.replace('"subject": "jonas.weber"', '"account": "nordlicht"')
    async with running_demo(tmp_path) as demo:
        said = {"CONSOLE": demo.console, "CRM": demo.crm, "TOKEN": demo.token("ada")}
        started = json.loads(await run(as_account, **said))
        said |= {"ENTER_URL": started["enter_url"]}
        said |= {"APP": started["enter_url"].partition("/_gateway/")[0]}
        said |= {"COOKIE": await run(ENTER, **said)}
        me = json.loads(await run('curl -s "$APP/api/me" -H "Cookie: $COOKIE"', **said))
    assert (me["id"], me["account_name"]) == ("house.nordlicht", "Nordlicht GmbH")
