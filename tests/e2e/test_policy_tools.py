"""What policies say, by the API: of oneself to anybody, of others to who may see the audit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from gateway.people.consents import ConsentBook
from gateway.policy.rights.ready import DEFAULT
from gateway.store.client import connect
from tests.e2e.harness import CONSOLE, PEOPLE, Running, running, site, until
from tests.e2e.recorder_app import RecorderApp
from tests.e2e.test_preferences import ALLOWS, OPERATORS, RULES

MORE = OPERATORS + "  - {id: dev, name: Dev, email: dev@gateway.example, profile: Developer}\n"
TABLE = """
ready: [administrators_only]
accounts: [{id: a, name: A}]
users: [{id: u, name: U, email: u@a.example, account: a}]
operators: [{id: o, name: O, email: o@x.example, profile: Administrator}]
cases:
  - {who: o, whom: u, how: read_only, expect: allowed, why: They may.}
  - {who: o, whom: u, how: read_write, expect: refused, why: They may not.}
"""
Told = tuple[int, dict[str, Any]]


async def told(gw: Running, method: str, path: str, who: str, **said: Any) -> Told:
    answer = await gw.client.request(
        method,
        f"http://127.0.0.1:{gw.port}/_gateway/api/policies{path}",
        headers={"Host": CONSOLE, "Authorization": f"Bearer {gw.token(who)}"},
        json=said or None,
    )
    return answer.status, await answer.json()


async def explained(gw: Running, who: str, **said: Any) -> Told:
    return await told(gw, "POST", "/explain", who, **({"site": "crm", "subject": "jonas"} | said))


async def test_anybody_asks_about_themselves_and_hears_what_would_help(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, **RULES), people=MORE) as gw:
        status, said = await explained(gw, "sam")
        assert (status, said["allowed"]) == (200, False)
        assert said["rule"] == "support_waits_for_leave_or_a_ticket"
        assert said["helps"] == [["ticket"], ["support_may_act"]]
        holds = ["open", "same_account", "opened_by_customer"]
        status, said = await explained(gw, "sam", ticket="CS-1", holds=holds)
        assert (said["allowed"], said["hidden"]) == (True, ["mail", "notes"])
        prefers = {"site": "crm", "account": "nordlicht", "preferences": ALLOWS}
        assert (await gw.api("PUT", "preferences", operator="nina", **prefers)).status == 200
        status, said = await explained(gw, "sam", mode="read_write")
        assert (said["allowed"], said["shown"]) == (True, ["mail", "notes"])
        assert (await explained(gw, "sam", subject="nobody"))[1]["code"] == "policy_question"
        assert (await explained(gw, "sam", site="none"))[1]["code"] == "unknown_site"
        assert not [each for each in await gw.records() if each["kind"] == "session.refused"]


async def test_of_others_one_hears_where_one_may_see_the_audit(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    crm = site(app.port, **RULES, preferences={"support_may_act": True})
    async with running(tmp_path, store_url, crm, people=MORE) as gw:
        assert (await explained(gw, "sam", operator="ada"))[0] == 403
        assert (await explained(gw, "hiro", operator="ada"))[0] == 404, "whom hiro does not find"
        for who in ("ada", "nina"):
            status, said = await explained(gw, who, operator="sam")
            assert (status, said["allowed"]) == (200, True)
            status, said = await told(gw, "GET", "/who-can?site=crm&subject=jonas", who)
            assert {each["id"] for each in said["operators"]} == {"ada", "sam", "dev"}
        assert (await told(gw, "GET", "/who-can?site=crm&subject=jonas", "sam"))[0] == 403

        status, own = await told(gw, "GET", "/what-can?site=crm", "sam")
        names = {each["id"] for each in own["users"]}
        assert {"jonas", "priya"} <= names
        assert "sam" not in names, "nobody acts for themselves"
        assert own["after"] == ""
        status, of_sam = await told(gw, "GET", "/what-can?site=crm&operator=sam", "ada")
        assert {each["id"] for each in of_sam["users"]} == names
        status, none = await told(gw, "GET", "/what-can?site=crm&operator=sam", "hiro")
        assert (status, none["users"]) == (200, [])


async def test_of_many_too_it_may_be_said_what_else_is_so(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    policies = {"ready": [*DEFAULT, "networks"]}
    needs = {"ticket": {"required": True}}
    crm = site(app.port, preferences={"ask_first": True})
    async with running(
        tmp_path, store_url, crm, people=MORE, policies=policies, sessions=needs
    ) as gw:

        async def who(more: str) -> set[str]:
            _, said = await told(gw, "GET", f"/who-can?site=crm&subject=jonas{more}", "ada")
            return {each["id"] for each in said["operators"]}

        assert await who("&given=network,consent") == set(), "a ticket is required"
        assert await who("&given=network&ticket=CS-1") == set(), "jonas is asked first"
        assert await who("&given=consent&ticket=CS-1") == set()
        assert await who("&given=network,consent&ticket=CS-1") == {"ada", "dev"}
        holds = "&holds=open,same_account,opened_by_customer"
        assert "sam" in await who(f"&given=network,consent&ticket=CS-1{holds}")
        _, said = await told(
            gw, "GET", "/what-can?site=crm&operator=dev&given=network,consent&ticket=CS-1", "ada"
        )
        assert "jonas" in {each["id"] for each in said["users"]}
        for query in ("/who-can?site=crm&subject=jonas", "/what-can?site=crm"):
            status, no = await told(gw, "GET", f"{query}&given=luck", "ada")
            assert (status, no["code"]) == (422, "unknown_fact")
            status, no = await told(gw, "GET", f"{query}&workflow=x", "ada")
            assert (status, no["code"]) == (404, "policy_question")
        assert (await explained(gw, "ada", given=["luck"]))[1]["code"] == "unknown_fact"


async def test_what_users_allow_is_known_of_many_too(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    crm = site(app.port, preferences={"ask_first": True})
    async with running(tmp_path, store_url, crm, people=MORE) as gw:
        store = await connect(store_url, timeout=5)
        now = int(time.time() * 1000)
        await ConsentBook(store).allow("crm", "jonas", now + 3_600_000, at_ms=now)
        await store.aclose()
        _, said = await told(gw, "GET", "/what-can?site=crm", "ada")
        assert [each["id"] for each in said["users"]] == ["jonas"]


async def test_who_may_see_policies_reads_and_tries_them(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, **RULES), people=MORE) as gw:
        for path in ("/test", "/lint", "/replay"):
            said = {"site": "crm", "table": TABLE, "since": "2026-01-01T00:00:00Z"}
            fits = {"/test": ("site", "table"), "/lint": ("site",), "/replay": ("site", "since")}
            body = {name: said[name] for name in fits[path]}
            assert (await told(gw, "POST", path, "sam", **body))[0] == 403
        assert (await told(gw, "GET", "?site=crm", "sam"))[0] == 403
        status, listed = await told(gw, "GET", "?site=crm", "dev")
        found = {each["id"]: each for each in listed["policies"]}
        asks = found["users_are_asked_first"]
        assert (asks["effect"], asks["file"]) == ("forbid", "ready/ask_first.cedar")
        assert asks["advice"] == "Ask the user to allow it."
        assert "ask_first" in asks["text"]
        assert '@id("users_are_asked_first")' in asks["text"]

        status, tested = await told(gw, "POST", "/test", "dev", site="crm", table=TABLE)
        assert (status, tested["cases"]) == (200, 2)
        [failed] = tested["failed"]
        assert (failed["line"], failed["case"], failed["expected"]) == (
            8,
            "o read_write u",
            "refused",
        )
        status, no = await told(gw, "POST", "/test", "dev", site="crm", table="cases: 1")
        assert (status, no["code"]) == (422, "bad_table")
        case = "  - {who: o, how: read_only, whom: u, expect: refused, why: x}\n"
        names = f"categories: [{', '.join(f'c{number}' for number in range(1500))}]\n"
        large = names + TABLE + case * 300
        status, no = await told(gw, "POST", "/test", "dev", site="crm", table=large)
        assert (status, no["code"]) == (422, "bad_table")
        assert "302 cases about" in no["detail"]
        elsewhere = "site: shop\n" + TABLE
        assert (await told(gw, "POST", "/test", "dev", site="crm", table=elsewhere))[0] == 200
        of_config = "\n".join(line for line in elsewhere.splitlines() if "ready:" not in line)
        status, no = await told(gw, "POST", "/test", "dev", site="crm", table=of_config)
        assert "there is no site 'shop'" in no["detail"]
        assert (await told(gw, "POST", "/lint", "dev", site="crm"))[1] == {"remarks": []}
        files = {"a.cedar": '@id("x") permit (principal, action, resource) when { 1 == 2 };'}
        status, odd = await told(gw, "POST", "/lint", "dev", site="crm", policies={"files": files})
        assert "never applies" in odd["remarks"][0]
        broken = {"files": {"a.cedar": "permit(principal);"}}
        status, no = await told(gw, "POST", "/lint", "dev", site="crm", policies=broken)
        assert (status, no["code"]) == (422, "bad_policies")


async def test_starts_on_record_are_asked_about_again_where_one_may_see_them(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    ask = {"site": "crm", "since": "2026-01-01T00:00:00Z"}
    async with running(tmp_path, store_url, site(app.port, **RULES), people=MORE) as gw:
        assert (await gw.start("ada", mode="read_write")).status == 201
        assert (await gw.start("sam")).status == 403
        assert (await gw.start("ada", subject="priya")).status == 201
        await gw.records()
        status, same = await told(gw, "POST", "/replay", "ada", **ask)
        assert (status, same["starts"], same["looked_at"]) == (200, [], 3)
        other = {"ready": [*DEFAULT, "side_by_side", "second_approver"]}
        status, found = await told(gw, "POST", "/replay", "ada", **ask, policies=other)
        [start] = found["starts"]
        assert (start["actor"], start["subject"], start["mode"]) == ("ada", "jonas", "read_write")
        assert (start["was"]["allowed"], start["would_be"]["allowed"]) == (True, False)
        assert start["would_be"]["rule"] == "changes_need_approval"
        status, unseen = await told(gw, "POST", "/replay", "dev", **ask)
        assert (status, unseen["looked_at"]) == (200, 0), "policies yes, what was done no"
        bad = ask | {"since": "yesterday"}
        assert (await told(gw, "POST", "/replay", "ada", **bad))[1]["code"] == "bad_fields"


@pytest.mark.parametrize("users", [3])
async def test_many_users_come_account_by_account(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch, users: int
) -> None:
    monkeypatch.setattr("gateway.sessions.policy_terms.MOST_USERS", users)
    async with running(tmp_path, store_url, site(app.port), people=MORE) as gw:
        more = PEOPLE.replace(
            "users:", "  - {id: zeta, name: Zeta}\nusers:\n"
            "  - {id: zoe, name: Zoe, email: zoe@zeta.example, account: zeta}"
        )  # fmt: skip
        assert "zoe" in more
        (tmp_path / "people.yaml").write_text(more)

        async def known() -> bool:
            status, page = await told(gw, "GET", "/what-can?site=crm&account=zeta", "ada")
            return status == 200 and bool(page["users"])

        await until(known)
        _, first = await told(gw, "GET", "/what-can?site=crm", "ada")
        assert first["after"] == "nordlicht"
        _, last = await told(gw, "GET", "/what-can?site=crm&after=nordlicht", "ada")
        assert ([each["id"] for each in last["users"]], last["after"]) == (["zoe"], "")
