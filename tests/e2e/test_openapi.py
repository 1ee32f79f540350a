"""The description of the API against the API: whatever schemathesis thinks of is answered as said.

It is a program of its own that reads the document from the gateway, as anybody would.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from gateway.console.api.openapi import document
from gateway.console.routing import PIECE
from tests.e2e.harness import CONSOLE, HOST, Running, running, site
from tests.e2e.recorder_app import RecorderApp
from tests.e2e.test_consent import BY_APP, of_app

EXAMPLES = os.environ.get("API_EXAMPLES", "4")
PROGRAM = Path(sys.executable).parent / "schemathesis"
QUICK = ("--phases=examples,coverage",)
HTTP = "http://127.0.0.1"


async def tried(gw: Running, folder: Path, host: str, *options: str) -> list[dict[str, Any]]:
    """Let it try every operation; give what was sent and answered, as HAR entries."""
    schema = folder / "openapi.json"
    host_header = {"Host": f"{CONSOLE}:{gw.port}"}
    answer = await gw.get("/_gateway/api/openapi.json", host_header)
    assert answer.status == 200
    schema.write_bytes(await answer.read())
    report = folder / "report.har"
    words = [
        f"--config-file={Path(__file__).with_name('schemathesis.toml')}",
        f"--config-file={Path(__file__).with_name('schemathesis.toml')}",
        "run",
        str(schema),
        f"--url={HTTP}:{gw.port}/_gateway/api",
        f"--header=Host:{host}:{gw.port}",
        f"--max-examples={EXAMPLES}",
        "--seed=7",
        "--generation-deterministic",
        "--continue-on-failure",
        "--warnings=off",
        "--no-color",
        f"--report-har-path={report}",
        "--output-sanitize=false",
        *options,
    ]
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *words,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    entries: list[dict[str, Any]] = json.loads(report.read_bytes())["log"]["entries"]
    assert entries
    return entries


def authorized(gw: Running) -> str:
    return f"--header=Authorization:Bearer {gw.token()}"


def known_codes(entries: list[dict[str, Any]]) -> set[tuple[str, int]]:
    """The code and status of each problem, which the document has to list for its operation."""
    paths = document("/_gateway/")["paths"]
    patterns = {path: re.compile(re.sub(r"{\w+}", f"{PIECE}", path)) for path in paths}
    found, missing = set(), set()
    for entry in entries:
        answer, path = entry["response"], entry["request"]["url"].partition("/_gateway/api")[2]
        path = path.partition("?")[0]
        operation = next(
            (
                paths[each].get(entry["request"]["method"].lower())
                for each in sorted(paths)
                if patterns[each].fullmatch(path)
            ),
            None,
        )
        if operation is None or answer["status"] < 400:
            continue
        code = json.loads(answer["content"]["text"])["code"]
        found.add((code, answer["status"]))
        listed = operation["responses"][str(answer["status"])]["x-problem-codes"]
        if code not in listed:
            missing.add((operation["operationId"], answer["status"], code))
    assert not missing, missing
    return found


async def test_an_administrators_program_is_answered_as_described(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path / "gw", store_url, site(app.port)) as gw:
        entries = await tried(gw, tmp_path, CONSOLE, authorized(gw), "--exclude-path=/consent")
    assert {("bad_json", 400), ("session_not_live", 404)} <= known_codes(entries)
    done = {each["request"]["method"] for each in entries if each["response"]["status"] < 300}
    assert done >= {"GET", "POST", "PUT", "DELETE"}


async def test_nobody_is_answered_as_described_and_learns_nothing(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path / "gw", store_url, site(app.port)) as gw:
        entries = await tried(gw, tmp_path, CONSOLE, "--exclude-path=/consent", *QUICK)
    assert all(each["response"]["status"] >= 400 for each in entries)
    assert ("not_signed_in", 401) in known_codes(entries)


async def test_a_user_is_answered_as_described(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    of_app(app)
    async with running(tmp_path / "gw", store_url, site(app.port, **BY_APP)) as gw:
        origin = f"http://{HOST}:{gw.port}"
        headers = {"Host": f"{HOST}:{gw.port}", "Cookie": "login=jonas", "Origin": origin}
        answer = await gw.get("/_gateway/api/consent", headers)
        token = (await answer.json())["token"]
        said = [f"--header={name}:{value}" for name, value in headers.items() if name != "Host"]
        said.append(f"--header=X-Gateway-Token:{token}")
        entries = await tried(gw, tmp_path, HOST, *said, "--include-path=/consent")
    assert ("bad_json", 400) in known_codes(entries)
    assert any(each["response"]["status"] == 200 for each in entries)
