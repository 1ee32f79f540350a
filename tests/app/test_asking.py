"""`policy explain`, `who-can` and `what-can`, over the people and preferences that there are."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from gateway.app.clock import wall_clock
from gateway.cli import main
from gateway.model import Operator, Preferences
from gateway.people.consents import ConsentBook
from gateway.people.preferences import PreferenceBook
from gateway.store.client import connect
from tests.config.support import SMALL, put

OPERATORS = """
- {id: ada, name: Ada, email: ada@example.com, profile: Administrator}
- {id: sam, name: Sam, email: sam@example.com, profile: Support}
"""
PEOPLE = """
accounts: [{id: nord, name: Nordlicht}, {id: hoshi, name: Hoshi}]
users:
  - {id: jonas, name: Jonas, email: jonas@nord.example, account: nord}
  - {id: aiko, name: Aiko, email: aiko@hoshi.example, account: hoshi, status: invited}
"""


@pytest.fixture
def config(tmp_path: Path, store_url: str) -> Path:
    said: dict[str, Any] = {**SMALL, "store": {"url": store_url}}
    said["sites"] = [{**SMALL["sites"][0], "categories": {"notes": "Notes", "mail": "Mail"}}]
    path = put(tmp_path, yaml.safe_dump(said))
    (tmp_path / "operators.yaml").write_text(OPERATORS)
    (tmp_path / "people.yaml").write_text(PEOPLE)
    asyncio.run(allow(store_url))
    return path


async def allow(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    ada = Operator(id="ada", name="Ada", email="", profile="Administrator")
    prefers = Preferences(support_may_act=True, support_may_see=("notes",))
    book = PreferenceBook(store)
    await book.change("crm", "nord", prefers, by=ada, why="", at_ms=1, expected=None)
    await book.change("other", "hoshi", prefers, by=ada, why="", at_ms=1, expected=None)
    await store.aclose()


def policy(config: Path, *words: str, status: int = 0) -> list[str]:
    told = CliRunner().invoke(main, ["policy", *words, "--config", str(config)])
    assert told.exit_code == status, told.output
    return told.output.splitlines()


def test_a_yes_says_by_which_policies_and_what_is_shown(config: Path) -> None:
    assert policy(config, "explain", "sam", "jonas") == [
        "allowed by support_acts_where_it_is_allowed, support_sees_what_the_account_lets_it_see",
        "shown, of what is sensitive: notes",
        "hidden: mail",
    ]


def test_a_no_says_why_and_the_smallest_changes_that_would_allow_it(config: Path) -> None:
    refused, advice, *helps = policy(config, "explain", "sam", "aiko")
    assert refused.startswith(
        "refused by support_waits_for_leave_or_a_ticket (forbidden_by_policy): This account does"
    )
    assert advice.startswith("advice: Enter the number")
    assert helps == ["allowed with: ticket", "allowed with: support_may_act"]
    *_, last = policy(config, "explain", "sam", "aiko", "--mode", "read_write")
    assert last == "allowed with: active_user and support_may_act"
    holds = [f"--holds={name}" for name in ("open", "same_account", "opened_by_customer")]
    (allowed, *_) = policy(config, "explain", "sam", "aiko", "--ticket", "T-1", *holds)
    assert allowed == "allowed by support_acts_for_a_customers_ticket"
    *_, last = policy(config, "explain", "ada", "jonas", "--given", "another_session")
    assert last == "allowed with: end_other_session"


def test_who_can_act_for_a_user_and_for_whom_an_operator_can(config: Path) -> None:
    assert policy(config, "who-can", "aiko") == ["ada: administrators_act_for_everyone"]
    assert policy(config, "who-can", "aiko", "--mode", "read_write") == ["Nobody may."]
    assert [line.partition(":")[0] for line in policy(config, "who-can", "jonas")] == ["ada", "sam"]
    assert [line.partition(":")[0] for line in policy(config, "what-can", "sam")] == ["jonas"]
    assert [line.partition(":")[0] for line in policy(config, "what-can", "ada")] == [
        "jonas",
        "aiko",
    ]


def test_what_users_allow_and_whether_tickets_are_required_is_known(
    config: Path, store_url: str
) -> None:
    asyncio.run(ask_first_of_jonas(store_url))
    assert policy(config, "explain", "ada", "jonas")[0].startswith("allowed by ")
    assert [line.partition(":")[0] for line in policy(config, "what-can", "ada")] == [
        "jonas",
        "aiko",
    ]
    config.write_text(config.read_text() + "sessions: {ticket: {required: true}}\n")
    assert policy(config, "explain", "ada", "jonas")[0].startswith("refused by start.skip_ticket")
    assert policy(config, "who-can", "jonas") == ["Nobody may."]
    assert policy(config, "explain", "ada", "jonas", "--ticket=T-1")[0].startswith("allowed by ")


async def ask_first_of_jonas(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    ada = Operator(id="ada", name="Ada", email="", profile="Administrator")
    asks = Preferences(ask_first=True)
    await PreferenceBook(store).change("crm", "nord", asks, by=ada, why="", at_ms=2, expected=None)
    await ConsentBook(store).allow("crm", "jonas", wall_clock() + 3_600_000, at_ms=wall_clock())
    await store.aclose()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "bob", "jonas"), "There is no operator 'bob'."),
        (("explain", "ada", "bob"), "Site crm has no user 'bob'."),
        (("who-can", "jonas", "--site", "shop"), "There is no site 'shop'."),
        (("explain", "ada", "jonas", "--workflow=x"), "Site crm has no workflow 'x'."),
        (("who-can", "jonas", "--workflow=x"), "Site crm has no workflow 'x'."),
    ],
)
def test_who_is_not_there_is_told(config: Path, words: tuple[str, ...], said: str) -> None:
    assert said in policy(config, *words, status=1)[-1]
