"""What the bar of a session asks the gateway for, on the session's own host.

The app's scripts share that origin, so they can read all of it, and nothing here changes anything:
it says of the session what its pages and its own requests have shown already. Asking is no use of
the session.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from aiohttp import web

from gateway.banner.state import bar_state
from gateway.console.history_services import Histories
from gateway.console.history_values import TimelineQuestion, TimelineStep
from gateway.console.values import Client
from gateway.console.wording import status_words
from gateway.errors import ClientError, Refused
from gateway.model import Deny, Operator, RequestHead, Session
from gateway.policy.decision import decide
from gateway.sessions.live import Live, in_effect
from gateway.site import Site

_REFUSALS: Final = 5
_KEPT: Final = 256
_FRESH_MS: Final = 2000
"""Pages that ask more often are told the same again."""
_MOST: Final = 50
_ASKED: Final = re.compile(r"([A-Z]{1,20}) (/[\x21-\x7e]{0,2000})")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class BarFacts:
    """Answers `session` and `session/refused` under the prefix.

    Args:
        histories: what was done, for the session's actor.
        sites: by name.
        prefix: the gateway's path prefix.
        console_url: the console's address, absolute.
        now: milliseconds since the Unix epoch.
    """

    def __init__(
        self,
        histories: Histories,
        sites: Mapping[str, Site],
        *,
        prefix: str,
        console_url: str,
        now: Callable[[], int],
    ) -> None:
        self._histories = histories
        self._sites = sites
        self._prefix = prefix
        self._console_url = console_url
        self._now = now
        self._said: OrderedDict[str, tuple[int, dict[str, object]]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[dict[str, object]]] = {}

    async def say(self, request: web.BaseRequest, live: Live | None) -> web.Response:
        """Say how a session stands and what was done in it.

        Raises:
            Refused: 403 `cross_site`; 403 `no_session`.
        """
        _check_own(request)
        session = in_effect(_lives(live).session, self._now())
        facts = await self._facts(session)
        return _json({**facts, "now": self._stands(session)})

    def refused(self, request: web.BaseRequest, live: Live | None) -> web.Response:
        """Say which requests would be refused: for each `ask=POST /deals/7` a rule, or nothing.

        Decided as a request is, without what only its headers and body say.

        Raises:
            Refused: as `say` does.
            ClientError: `bad_fields`.
        """
        _check_own(request)
        held = _lives(live)
        session = in_effect(held.session, self._now())
        site = self._sites[session.site]
        return _json({"rules": [self._rule(session, site, asked) for asked in _asked(request)]})

    def _rule(self, session: Session, site: Site, asked: tuple[str, str]) -> str:
        method, target = asked
        decision = decide(
            RequestHead(method=method, target=target, headers=(), host="", peer=""),
            session,
            site.rules,
            workflows=site.workflows,
            now_ms=self._now(),
            idle_at_ms=session.expires_at,
            upgrade=b"",
            sockets=site.sockets,
            service_worker=False,
            overrides_method=False,
        )
        return decision.rule if isinstance(decision, Deny) else ""

    def _stands(self, session: Session) -> dict[str, object]:
        site = self._sites[session.site]
        state = bar_state(
            session,
            site=site.label,
            prefix=self._prefix,
            console_url=self._console_url,
            workflow=site.workflows.label(session.workflow),
            report_only=site.report_only,
        )
        stands: dict[str, object] = {
            "left": max(0, state.expires_at - self._now()),
            "mode": state.mode,
            "words": state.words,
            "lowered": state.lowered,
        }
        if state.elevated_until:
            stands["raised"] = max(0, state.elevated_until - self._now())
        return stands

    async def _facts(self, session: Session) -> dict[str, object]:
        at, facts = self._said.get(session.id, (0, {}))
        if self._now() - at < _FRESH_MS:
            return facts
        asking = self._asking.get(session.id)
        if asking is None:
            asking = self._asking[session.id] = asyncio.create_task(self._asked_anew(session))
            asking.add_done_callback(lambda _: self._asking.pop(session.id))
        facts = await asyncio.shield(asking)  # other pages may wait for it too
        self._said[session.id] = self._now(), facts
        self._said.move_to_end(session.id)
        if len(self._said) > _KEPT:
            self._said.popitem(last=False)
        return facts

    async def _asked_anew(self, session: Session) -> dict[str, object]:
        actor, subject = session.actor, session.subject
        operator = Operator(id=actor.id, name=actor.name, email=actor.email, profile=actor.profile)
        question = TimelineQuestion(session=session.id, only="refused", limit=_REFUSALS)
        told = await self._histories.timeline(operator, question, Client(address="", agent=""))
        totals = told.totals
        assert totals is not None  # noqa: S101  they were asked for
        return {
            "email": subject.email,
            "status": status_words(subject.status),
            "groups": subject.groups,
            "requests": totals.requests,
            "changes": totals.changes,
            "refused": totals.refused,
            "complete": totals.complete,
            "hidden": [{"label": each.label, "count": each.count} for each in totals.hidden],
            "refusals": [
                {"at": each.at, "what": _what(each), "rule": each.rule} for each in told.steps
            ],
            "sites": list(self._elsewhere(session)),
        }

    def _elsewhere(self, session: Session) -> list[dict[str, str]]:
        """Give the other sites that have a user of the subject's id, each with its start page."""
        there = [
            site
            for site in self._sites.values()
            if site.name != session.site and site.directory.user(session.subject.id) is not None
        ]
        start = f"{self._console_url}start?"
        return [
            {
                "label": site.label,
                "href": start + urlencode({"site": site.name, "subject": session.subject.id}),
            }
            for site in there
        ]


def _what(step: TimelineStep) -> str:
    return f"{step.method} {step.target.partition('?')[0]}"


def _asked(request: web.BaseRequest) -> list[tuple[str, str]]:
    try:
        query = request.raw_path.partition("?")[2]
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST, errors="strict")
    except ValueError:
        pairs = [("", "")]
    asked = [_ASKED.fullmatch(value) if name == "ask" else None for name, value in pairs]
    if not all(asked):
        raise ClientError("bad_fields", "Each `ask` names a method and a target.")
    return [(each[1], each[2]) for each in asked if each is not None]


def _lives(live: Live | None) -> Live:
    if live is None:
        raise Refused(
            "no_session",
            "There is no session here.",
            "Start one from the console.",
            title="The session is over",
        )
    return live


def _check_own(request: web.BaseRequest) -> None:
    host, headers = request.headers["Host"], request.headers
    if (
        headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
        or headers.get("Origin", f"//{host}").partition("//")[2] != host
    ):
        raise Refused(
            "cross_site",
            "What a session's bar asks for is told to pages of that session alone.",
            "Nothing was told.",
        )


def _json(said: object) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(said), content_type="application/json", headers=_HEADERS
    )
