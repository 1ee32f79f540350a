"""The JSON API of sessions, sites and users, for programs and for the scripts of our own pages."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.fields import json_of
from gateway.console.home import FOUND_LIMIT
from gateway.console.house_contact import check_one
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.start import start_on_record, tidy
from gateway.console.values import People, Person, SiteCard, StartOrder
from gateway.console.wording import status_words, timestamp
from gateway.errors import Refused
from gateway.model import Mode, Session


class StartBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST sessions`: with a user, or an account."""

    site: str
    subject: str = ""
    account: str = ""
    mode: Mode
    reason: str
    ticket: str = ""
    approval: str = ""
    break_glass: bool = False
    workflow: str = ""
    return_to: str = ""


@dataclass(frozen=True, slots=True)
class ApiViews:
    """What answers under `api/`."""

    services: ConsoleServices

    async def sites(self, _visit: Visit, _signed_in: SignedIn) -> web.Response:
        """`{sites: [{name, label, workflows, capabilities}]}`; the last two are ids and labels."""
        return json_response({"sites": [_site(card) for card in self.services.sites.all()]})

    async def users(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`?site=&q=&status=&account=` -> `{users: [{id, name, email, status, ...}], more}`."""
        site, text, status, account = (
            visit.query.get(name, "").strip() for name in ("site", "q", "status", "account")
        )
        found = People()
        if text or status or account:
            found = await self.services.sites.search(
                signed_in.operator, site, text, FOUND_LIMIT, status=status, account=account
            )
        return json_response({"users": [_user(each) for each in found.people], "more": found.more})

    async def sessions(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{sessions: [...]}`: the live ones that this operator may see."""
        live = await self.services.sessions.live(signed_in.operator, visit.arrival.client)
        return json_response({"sessions": [session_json(session) for session in live]})

    async def start(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{site, subject, mode, reason, ticket?, …}` -> 201 `{id, enter_url, expires_at}`.

        `account` instead of `subject`: its house contact.
        """
        body = await json_of(visit.request, StartBody)
        check_one(body.subject, body.account)
        order = tidy(
            StartOrder(
                site=body.site,
                subject=body.subject,
                mode=body.mode,
                reason=body.reason,
                ticket=body.ticket,
                approval=body.approval,
                break_glass=body.break_glass,
                workflow=body.workflow,
                return_to=body.return_to,
            )
        )
        started = await start_on_record(
            self.services, visit, signed_in.operator, order, body.account
        )
        session = started.session
        response = json_response(
            {
                "id": session.id,
                "enter_url": started.enter_url,
                "expires_at": timestamp(session.expires_at),
            },
            status=201,
        )
        response.headers["Location"] = f"{self.services.prefix}api/sessions/{session.id}"
        return response

    async def session(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Give one live session."""
        found = await self.services.sessions.find(
            signed_in.operator, visit.named["id"], visit.arrival.client
        )
        if found is None:
            raise Refused(
                "session_not_live",
                "There is no live session of this id that you may see.",
                "List the live ones with `GET api/sessions`.",
                status=404,
                title="Not found",
            )
        return json_response(session_json(found))

    async def end(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """End a session: 204 when no byte passes in it any more (law 9)."""
        await self.services.sessions.end(
            signed_in.operator, visit.named["id"], visit.arrival.client
        )
        return web.Response(status=204, headers={"Cache-Control": "no-store"})


def session_json(session: Session) -> dict[str, object]:
    """Give a session as the API shows it: no host secrets, times as RFC 3339 in UTC."""
    return {
        "id": session.id,
        "site": session.site,
        "actor": session.actor,
        "subject": session.subject,
        "mode": session.mode,
        "reason": session.reason,
        "ticket": session.ticket,
        "isolation": session.isolation,
        "host": session.host,
        "started_at": timestamp(session.started_at),
        "expires_at": timestamp(session.expires_at),
        "elevated_until": timestamp(session.elevated_until) if session.elevated_until else None,
        "approved_by": session.approved_by,
        "break_glass": session.break_glass,
        "workflow": session.workflow,
        "capabilities": session.capabilities,
        "reveal": session.reveal,
        "allowed_by": session.allowed_by,
    }


def _site(card: SiteCard) -> dict[str, object]:
    return {
        "name": card.name,
        "label": card.label,
        "workflows": card.workflows,
        "capabilities": card.capabilities,
    }


def _user(person: Person) -> dict[str, object]:
    user = person.user
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "account": user.account,
        "account_name": person.account_name,
        "status": user.status,
        "status_words": status_words(user.status),
        "protected": user.protected,
        "house_contact": user.house_contact,
    }
