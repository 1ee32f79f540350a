"""Who works for a customer or a partner is told of others' what they are told of what is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import CONSOLE, Running, running
from tests.e2e.recorder_app import RecorderApp
from tests.e2e.test_accounts import OPERATORS, sites

READY = ("management", "account_admins", "partners", "protected_never", "shipped_profiles")
OUTSIDERS = ("pat", "nina", "otto")
ELSEWHERE = (
    "\n  - {id: otto, name: Otto, email: o@x.example, profile: Account Admin, account: else}"
)

NOBODY = {
    "jonas": "jomas",
    "nordlicht": "nordlight",
    "ada": "axa",
    "SESSION": "zzzzzzzzzzzzzzzz",
    "EXPORT": "zzzzzzzzzzzzzzzz",
}
"""What there is, outside of what these operators find, and what there is not."""

READS = (
    "users?site=crm&account=nordlicht",
    "users?site=crm&of=nordlicht",
    "users?site=crm&q=jonas",
    "accounts?site=crm&id=nordlicht",
    "accounts?site=crm&q=nordlicht",
    "places?site=crm&subject=jonas",
    "sessions/SESSION",
    "sessions/SESSION/timeline",
    "history?site=crm&account=nordlicht",
    "history?site=crm&subject=jonas",
    "history?actor=ada",
    "exports/EXPORT",
    "exports/EXPORT/file",
    "policies/who-can?site=crm&mode=read_only&subject=jonas",
    "policies/what-can?site=crm&mode=read_only&operator=ada",
    "policies/what-can?site=crm&mode=read_only&account=nordlicht",
    "preferences?site=crm&account=nordlicht",
    "preferences/history?site=crm&account=nordlicht",
    "people?id=ada",
    "people/history?id=ada",
)
REASON = {"reason": "Looks into it"}
START = {"site": "crm", "mode": "read_only", **REASON}
PERSON = {"name": "A", "email": "a@x.example", "profile": "Account Admin", "account": "wind"}
WRITES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("DELETE", "sessions/SESSION", {}),
    ("POST", "sessions/SESSION/elevation", REASON),
    ("DELETE", "sessions/SESSION/elevation", {}),
    ("POST", "sessions/SESSION/extension", REASON),
    ("DELETE", "exports/EXPORT", {}),
    ("DELETE", "pinned?site=crm&subject=jonas", {}),
    ("PUT", "pinned", {"site": "crm", "subject": "jonas"}),
    ("POST", "outlook", {**START, "subject": "jonas"}),
    ("POST", "outlook", {**START, "account": "nordlicht"}),
    ("POST", "sessions", {**START, "subject": "jonas"}),
    ("POST", "sessions", {**START, "account": "nordlicht"}),
    ("POST", "approvals", {**START, "subject": "jonas"}),
    ("POST", "approvals", {**REASON, "session": "SESSION"}),
    ("POST", "reviews/SESSION", {"verdict": "justified", "why": "Looks into it"}),
    ("POST", "consents", {"site": "crm", "subject": "jonas", "why": "Looks into it"}),
    ("POST", "exports", {"format": "csv", "site": "crm", "account": "nordlicht"}),
    ("POST", "exports", {"format": "csv", "site": "crm", "subject": "jonas"}),
    ("POST", "exports", {"format": "csv", "session": "SESSION"}),
    ("POST", "exports", {"format": "csv", "actor": "ada"}),
    ("POST", "policies/explain", {"site": "crm", "subject": "jonas", "mode": "read_only"}),
    (
        "POST",
        "policies/explain",
        {"site": "crm", "subject": "jonas", "operator": "ada", "mode": "read_only"},
    ),
    ("PUT", "preferences", {"site": "crm", "account": "nordlicht", "preferences": {}}),
    ("PUT", "people", {**PERSON, "id": "ada"}),
    ("POST", "people/disable", {"id": "ada"}),
    ("POST", "people/enable", {"id": "ada"}),
)


@pytest.mark.parametrize("operator", OUTSIDERS)
async def test_what_is_outside_is_as_what_is_not(
    app: RecorderApp, tmp_path: Path, store_url: str, operator: str
) -> None:
    policies = {"ready": READY}
    async with running(
        tmp_path,
        store_url,
        *sites(app, tmp_path),
        people=OPERATORS + ELSEWHERE,
        policies=policies,
    ) as gw:
        there = {
            "SESSION": (await (await gw.start()).json())["id"],
            "EXPORT": (await (await gw.api("POST", "exports", format="csv")).json())["id"],
        }
        for method, path, body in (*(("GET", path, {}) for path in READS), *WRITES):
            names = [each for each in NOBODY if each in f"{path} {body}"]
            of_it = await said(gw, operator, method, path, body, there)
            of_nothing = await said(gw, operator, method, path, body, NOBODY)
            assert names, path
            assert of_it == of_nothing, (method, path, body)


async def said(
    gw: Running,
    operator: str,
    method: str,
    path: str,
    body: dict[str, Any],
    names: dict[str, str],
) -> tuple[int, str]:
    """The status of an answer, and its text without what was asked and what is new in each."""
    for name, other in names.items():
        path = path.replace(name, other)
        body = {key: other if value == name else value for key, value in body.items()}
    answer = await gw.client.request(
        method,
        f"http://127.0.0.1:{gw.port}/_gateway/api/{path}",
        headers={"Host": CONSOLE, "Authorization": f"Bearer {gw.token(operator)}"},
        json=body or None,
    )
    text = await answer.text()
    for each in {**NOBODY, **names}.items():
        text = re.sub("|".join(map(re.escape, each)), "…", text)
    return answer.status, re.sub(r'"(record|id|asked_at)":"[^"]*"', "", text)
