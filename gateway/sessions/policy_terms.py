"""What is asked about policies and what is answered, between the console's words and theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.console.policy_values import Answered, PolicyQuestion
from gateway.console.values import Client
from gateway.errors import Refused
from gateway.model import Account, Deny
from gateway.people.case_table import GIVEN
from gateway.people.questions import Explained, How, unknown
from gateway.people.reach import Accounts
from gateway.site import Site

MOST_USERS: Final = 500
"""Users of one answer that are asked about, but for the last account, which is never cut."""
TITLE: Final = "This was not answered"


def accounts_of(site: Site, within: Accounts, only: str, after: str) -> tuple[list[Account], str]:
    """Give the accounts of an answer, and the one behind which to go on; empty at the end.

    Args:
        within: those that whoever asks finds.
        only: the one that is asked about; empty: all.
        after: the one behind which an answer goes on.

    Raises:
        GatewayError: `policy_question`, they find none of this id.
    """
    if only:
        account = site.directory.account(only)
        if account is None or not _is_in(account, within):
            raise unknown(f"Site {site.name} has no account {only!r}.")
        return [account], ""
    every = sorted(site.directory.accounts(), key=lambda each: each.id)
    left = [each for each in every if each.id > after and _is_in(each, within)]
    chosen: list[Account] = []
    count = 0
    for account in left:
        chosen.append(account)
        count += len(site.directory.users_of(account.id))
        if count >= MOST_USERS:
            break
    return chosen, chosen[-1].id if len(chosen) < len(left) else ""


def _is_in(account: Account, within: Accounts) -> bool:
    return within is None or account.id in within


def how_of(question: PolicyQuestion, client: Client | None) -> How:
    """Say how it is asked about; from where one is, where it is about oneself.

    Raises:
        Refused: 422 `unknown_fact`.
    """
    for each in question.given:
        if each not in (*GIVEN, "consent"):
            raise Refused(
                "unknown_fact",
                f"Nothing that may be given is called {each!r}.",
                f"Give some of {', '.join((*GIVEN, 'consent'))}.",
                status=422,
                title=TITLE,
            )
    how = How(
        mode=question.mode,
        ticket=question.ticket,
        holds=frozenset(question.holds),
        given=frozenset(GIVEN[each] for each in question.given if each != "consent"),
        consent="consent" in question.given,
        workflow=question.workflow,
    )
    return how if client is None else replace(how, address=client.address)


def answered(said: Explained) -> Answered:
    """Give what a start would come to."""
    answer = said.answer
    if isinstance(answer, Deny):
        return Answered(
            allowed=False,
            rule=answer.rule,
            detail=answer.detail,
            advice=answer.advice,
            helps=said.helps,
        )
    return Answered(
        allowed=True,
        rule=",".join(answer.policies),
        shown=answer.reveal,
        hidden=said.hidden,
        capabilities=answer.capabilities,
    )
