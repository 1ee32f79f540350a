"""What policies say."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from aiohttp import web

from gateway.console.api.endpoint import ApiEndpoint, Endpoint, query_as
from gateway.console.api.shapes import Answer, Body, Query, Time
from gateway.console.desk import SignedIn
from gateway.console.fields import json_of
from gateway.console.json_answer import json_response
from gateway.console.policy_values import (
    Answered,
    Draft,
    PolicyQuestion,
    PolicySays,
    ReplayedStarts,
    ReplayOrder,
    Tested,
)
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.wording import ms_of_timestamp
from gateway.errors import ClientError
from gateway.model import Mode


class SiteQuery(Query, frozen=True, kw_only=True):
    """Which site's policies."""

    site: str = ""


class WhoCanQuery(Query, frozen=True, kw_only=True):
    """For which user, and what else is so: `holds` and `given` are names with commas between."""

    site: str = ""
    subject: str = ""
    mode: Mode = Mode.READ_ONLY
    workflow: str = ""
    ticket: str = ""
    holds: str = ""
    given: str = ""


class WhatCanQuery(Query, frozen=True, kw_only=True):
    """Which operator, and for users of which account; `after`: that of the answer before.

    `holds` and `given`, names with commas between: what else is so.
    """

    site: str = ""
    operator: str = ""
    account: str = ""
    mode: Mode = Mode.READ_ONLY
    workflow: str = ""
    ticket: str = ""
    holds: str = ""
    given: str = ""
    after: str = ""


class DraftBody(Body, frozen=True, kw_only=True):
    """Policies that are tried: ready ones by name, and files by name."""

    ready: tuple[str, ...] = ()
    files: Mapping[str, str] = {}


class ExplainBody(Body, frozen=True, kw_only=True):
    """A start that is asked about; without `operator`, oneself."""

    site: str
    subject: str
    operator: str = ""
    mode: Mode = Mode.READ_ONLY
    ticket: str = ""
    holds: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    workflow: str = ""


class CasesBody(Body, frozen=True, kw_only=True):
    """A table of cases, as YAML, and the policies that it is held against."""

    site: str
    table: str
    policies: DraftBody | None = None


class LintBody(Body, frozen=True, kw_only=True):
    """Policies that are to be read over."""

    site: str
    policies: DraftBody | None = None


class ReplayBody(Body, frozen=True, kw_only=True):
    """Starts on record that policies are asked about again."""

    site: str
    since: Time
    until: Time | None = None
    policies: DraftBody | None = None


class PoliciesInForce(Answer, frozen=True, kw_only=True):
    """The policies of a site."""

    policies: tuple[PolicySays, ...]


class WhoCan(Answer, frozen=True, kw_only=True):
    """An operator who may act, and by which policies."""

    id: str
    name: str
    profile: str
    rule: str


class WhoCanAct(Answer, frozen=True, kw_only=True):
    """The operators who may act for a user."""

    operators: tuple[WhoCan, ...]


class WhomCan(Answer, frozen=True, kw_only=True):
    """A user who may be acted for, and by which policies."""

    id: str
    name: str
    account: str
    rule: str


class WhomCanActFor(Answer, frozen=True, kw_only=True):
    """Some of the users for whom an operator may act; ask again with `after` until it is empty."""

    users: tuple[WhomCan, ...]
    after: str


class LintRemarks(Answer, frozen=True, kw_only=True):
    """What is odd about policies."""

    remarks: tuple[str, ...]


async def listed(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """List the policies in force."""
    site = query_as(visit, SiteQuery).site
    found = await services.trials.listed(signed_in.operator, site, visit.arrival.client)
    return json_response(PoliciesInForce(policies=tuple(found)))


async def explain(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Say how a start would come out, and why."""
    body = await json_of(visit.request, ExplainBody)
    question = PolicyQuestion(**msgspec.structs.asdict(body))
    return json_response(
        await services.questions.explain(signed_in.operator, question, visit.arrival.client)
    )


async def who_can(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Say who may act for a user."""
    asked = query_as(visit, WhoCanQuery)
    question = PolicyQuestion(
        site=asked.site,
        subject=asked.subject,
        mode=asked.mode,
        workflow=asked.workflow,
        ticket=asked.ticket,
        holds=_names(asked.holds),
        given=_names(asked.given),
    )
    found = await services.questions.who_can(signed_in.operator, question, visit.arrival.client)
    told = tuple(
        WhoCan(
            id=each.operator.id,
            name=each.operator.name,
            profile=each.operator.profile,
            rule=each.rule,
        )
        for each in found
    )
    return json_response(WhoCanAct(operators=told))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


async def what_can(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Say for whom an operator may act, account by account."""
    asked = query_as(visit, WhatCanQuery)
    question = PolicyQuestion(
        site=asked.site,
        operator=asked.operator,
        account=asked.account,
        mode=asked.mode,
        workflow=asked.workflow,
        ticket=asked.ticket,
        holds=_names(asked.holds),
        given=_names(asked.given),
    )
    found = await services.questions.what_can(
        signed_in.operator, question, asked.after, visit.arrival.client
    )
    told = tuple(
        WhomCan(id=each.user.id, name=each.user.name, account=each.user.account, rule=each.rule)
        for each in found.found
    )
    return json_response(WhomCanActFor(users=told, after=found.after))


async def test(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Hold a table of cases against policies."""
    body = await json_of(visit.request, CasesBody)
    draft, client = _draft(body.policies), visit.arrival.client
    return json_response(
        await services.trials.test(signed_in.operator, body.site, body.table, draft, client)
    )


async def lint(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Say what is odd about policies."""
    body = await json_of(visit.request, LintBody)
    draft, client = _draft(body.policies), visit.arrival.client
    found = await services.trials.lint(signed_in.operator, body.site, draft, client)
    return json_response(LintRemarks(remarks=tuple(found)))


async def replay(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Ask policies again about starts on record."""
    body = await json_of(visit.request, ReplayBody)
    order = ReplayOrder(
        site=body.site,
        since=_time(body.since),
        until=None if body.until is None else _time(body.until),
        policies=_draft(body.policies),
    )
    found = await services.trials.replay(signed_in.operator, order, visit.arrival.client)
    return json_response(found)


def _draft(body: DraftBody | None) -> Draft | None:
    return None if body is None else Draft(ready=body.ready, files=body.files)


def _time(text: str) -> int:
    try:
        return ms_of_timestamp(text)
    except ValueError:
        raise ClientError(
            "bad_fields", "A time is not as in 2026-11-22T05:00:00Z (RFC 3339)."
        ) from None


_FORBIDDEN = ("not_permitted", "forbidden_by_policy")
_SEEN = {403: _FORBIDDEN, 404: ("policy_question", "unknown_site")}
_ASKED = _SEEN | {422: ("unknown_fact",)}
_TRIED = _SEEN | {422: ("bad_policies",)}

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "GET",
        "policies",
        listed,
        "List the policies in force",
        "policies",
        query=SiteQuery,
        answer=PoliciesInForce,
        problems=_SEEN,
    ),
    Endpoint(
        "POST",
        "policies/explain",
        explain,
        "Explain how a start would come out",
        "policies",
        body=ExplainBody,
        answer=Answered,
        problems=_ASKED,
    ),
    Endpoint(
        "GET",
        "policies/who-can",
        who_can,
        "Say who may act for a user",
        "policies",
        query=WhoCanQuery,
        answer=WhoCanAct,
        problems=_ASKED,
    ),
    Endpoint(
        "GET",
        "policies/what-can",
        what_can,
        "Say for whom an operator may act",
        "policies",
        query=WhatCanQuery,
        answer=WhomCanActFor,
        problems=_ASKED,
    ),
    Endpoint(
        "POST",
        "policies/test",
        test,
        "Hold a table of cases against policies",
        "policies",
        body=CasesBody,
        answer=Tested,
        problems=_ASKED | {422: ("bad_policies", "bad_table")},
    ),
    Endpoint(
        "POST",
        "policies/lint",
        lint,
        "Say what is odd about policies",
        "policies",
        body=LintBody,
        answer=LintRemarks,
        problems=_TRIED,
    ),
    Endpoint(
        "POST",
        "policies/replay",
        replay,
        "Ask policies again about starts on record",
        "policies",
        body=ReplayBody,
        answer=ReplayedStarts,
        problems=_TRIED,
    ),
)
