"""The part of the JSON API that says what policies say."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.fields import json_of
from gateway.console.json_answer import json_response
from gateway.console.policy_values import Draft, PolicyQuestion, ReplayOrder
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.wording import ms_of_timestamp
from gateway.errors import ClientError
from gateway.model import Mode


class DraftBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Policies that are tried."""

    ready: tuple[str, ...] = ()
    files: dict[str, str] = {}


class ExplainBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST policies/explain`."""

    site: str
    subject: str
    operator: str = ""
    mode: Mode = Mode.READ_ONLY
    ticket: str = ""
    holds: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    workflow: str = ""


class TestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST policies/test`."""

    site: str
    table: str
    policies: DraftBody | None = None


class LintBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST policies/lint`."""

    site: str
    policies: DraftBody | None = None


class ReplayBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST policies/replay`."""

    site: str
    since: str
    until: str | None = None
    policies: DraftBody | None = None


@dataclass(frozen=True, slots=True)
class PoliciesApi:
    """What answers under `api/policies`."""

    services: ConsoleServices

    async def listed(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`?site=` -> `{policies: [{id, effect, file, reason, advice, text}]}`."""
        found = await self.services.trials.listed(
            signed_in.operator, visit.query.get("site", ""), visit.arrival.client
        )
        return json_response({"policies": found})

    async def explain(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{site, subject, operator?, mode?, ...}` -> `{allowed, rule, ...}`."""
        body = await json_of(visit.request, ExplainBody)
        question = PolicyQuestion(**msgspec.structs.asdict(body))
        return json_response(
            await self.services.questions.explain(
                signed_in.operator, question, visit.arrival.client
            )
        )

    async def who_can(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`?site=&subject=&mode=...` -> `{operators: [{id, name, profile, rule}]}`."""
        found = await self.services.questions.who_can(
            signed_in.operator, _asked(visit), visit.arrival.client
        )
        told = [
            {
                "id": each.operator.id,
                "name": each.operator.name,
                "profile": each.operator.profile,
                "rule": each.rule,
            }
            for each in found
        ]
        return json_response({"operators": told})

    async def what_can(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`?site=&operator=&account=&mode=...&after=` -> `{users: [...], after}`."""
        found = await self.services.questions.what_can(
            signed_in.operator,
            _asked(visit),
            visit.query.get("after", ""),
            visit.arrival.client,
        )
        told = [
            {
                "id": each.user.id,
                "name": each.user.name,
                "account": each.user.account,
                "rule": each.rule,
            }
            for each in found.found
        ]
        return json_response({"users": told, "after": found.after})

    async def test(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{site, table, policies?}` -> `{cases, failed: [...]}`."""
        body = await json_of(visit.request, TestBody)
        return json_response(
            await self.services.trials.test(
                signed_in.operator,
                body.site,
                body.table,
                _draft(body.policies),
                visit.arrival.client,
            )
        )

    async def lint(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{site, policies?}` -> `{remarks: [...]}`."""
        body = await json_of(visit.request, LintBody)
        found = await self.services.trials.lint(
            signed_in.operator, body.site, _draft(body.policies), visit.arrival.client
        )
        return json_response({"remarks": found})

    async def replay(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{site, since, until?, policies?}` -> `{starts: [...], looked_at, not_known, more}`."""
        body = await json_of(visit.request, ReplayBody)
        order = ReplayOrder(
            site=body.site,
            since=_time(body.since),
            until=None if body.until is None else _time(body.until),
            policies=_draft(body.policies),
        )
        found = await self.services.trials.replay(signed_in.operator, order, visit.arrival.client)
        return json_response(found)


def _draft(body: DraftBody | None) -> Draft | None:
    return None if body is None else Draft(ready=body.ready, files=body.files)


def _asked(visit: Visit) -> PolicyQuestion:
    mode = visit.query.get("mode", Mode.READ_ONLY)
    if mode not in set(Mode):
        raise ClientError("bad_fields", "The mode is neither read_only nor read_write.")
    return PolicyQuestion(
        site=visit.query.get("site", ""),
        operator=visit.query.get("operator", ""),
        subject=visit.query.get("subject", ""),
        account=visit.query.get("account", ""),
        workflow=visit.query.get("workflow", ""),
        mode=Mode(mode),
        ticket=visit.query.get("ticket", ""),
        holds=_names(visit.query.get("holds", "")),
        given=_names(visit.query.get("given", "")),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _time(text: str) -> int:
    try:
        return ms_of_timestamp(text)
    except ValueError:
        raise ClientError(
            "bad_fields", "A time is not as in 2026-11-22T05:00:00Z (RFC 3339)."
        ) from None
