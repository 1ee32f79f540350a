"""Sessions: those that live, the most recent ones, and what happened in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast, get_args
from urllib.parse import urlencode

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.history_values import HistoryQuestion, Only, TimelineBars, TimelineQuestion
from gateway.console.home import all_targets
from gateway.console.pages import see_other
from gateway.console.routing import Visit
from gateway.console.views.sheet import Sheet
from gateway.console.wording import duration, end_words, ms_of_timestamp
from gateway.errors import ClientError
from gateway.model import Frozen
from gateway.texts import gettext as _
from gateway.texts import ngettext

_RECENT: Final = 20
_STEPS: Final = 100
_FILTERS: Final = ("site", "account", "subject", "actor")
_CHART_HEIGHT: Final = 48
_BAR_WIDTH: Final = 10
_CHART_WIDTH: Final = 60 * _BAR_WIDTH
"""Room for as many bars as there may be."""


@dataclass(frozen=True, slots=True)
class SessionListViews:
    """The list of sessions, and the page of one."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """List what lives and what was; the query narrows what was."""
        services, client = self.sheet.services, visit.arrival.client
        operator, sites = signed_in.operator, services.sites.all()
        asked = {name: visit.query.get(name, "").strip() for name in _FILTERS}
        before = visit.query.get("before", "")
        question = HistoryQuestion(**asked, before=before, limit=_RECENT)
        past = await services.histories.recent(operator, question, client)
        query = {name: value for name, value in asked.items() if value}
        own = await services.sessions.live(operator, client)
        return self.sheet.show(
            visit,
            signed_in,
            "sessions.html",
            {
                "sessions": own,
                "mine": sum(each.actor.id == operator.id for each in own),
                "sites": sites,
                "labels": {card.name: card.label for card in sites},
                "past": past,
                "asked": asked,
                "filtered": bool(query),
                "first": f"?{urlencode(query)}" if before else "",
                "next": f"?{urlencode({**query, 'before': past.earlier})}" if past.earlier else "",
                "end_words": end_words,
                "said": notices().get(visit.query.get("notice", ""), ""),
            },
            form_targets=all_targets(sites),
        )

    async def timeline(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Show what happened in a session: all of it, or what the filter is for."""
        services, client = self.sheet.services, visit.arrival.client
        only = visit.query.get("only", "")
        if only not in get_args(Only):
            raise ClientError("bad_fields", "The filter is none that there is.")
        question = TimelineQuestion(
            session=visit.named["id"],
            only=cast(Only, only),
            before=visit.query.get("before", ""),
            limit=_STEPS,
        )
        told = await services.histories.timeline(signed_in.operator, question, client)
        label = {card.name: card.label for card in services.sites.all()}
        earlier = {"only": only, "before": told.earlier}
        follows = told.session.state == "live" and not question.before
        return self.sheet.show(
            visit,
            signed_in,
            "timeline.html",
            {
                "told": told,
                "session": told.session,
                "label": label.get(told.session.site, told.session.site),
                "totals": told.totals,
                "chart": chart_of(told.totals.bars) if told.totals else None,
                "only": only,
                "filters": filter_words(),
                "kinds": kind_words(),
                "steps": told.steps,
                "follows": follows,
                "first": f"?{urlencode({'only': only})}" if question.before else "",
                "next": f"?{urlencode(earlier)}" if told.earlier else "",
                "end_words": end_words,
            },
        )

    async def end_own(
        self, visit: Visit, signed_in: SignedIn, _fields: Mapping[str, str]
    ) -> web.Response:
        """End all of the operator's own live sessions."""
        sessions, client = self.sheet.services.sessions, visit.arrival.client
        for session in await sessions.live(signed_in.operator, client):
            if session.actor.id == signed_in.operator.id:
                await sessions.end(signed_in.operator, session.id, client)
        return see_other(f"{self.sheet.services.prefix}sessions?notice=all_ended")


class Bar(Frozen, frozen=True, kw_only=True):
    """A bar of the chart: where it stands, and how high what passed and what was refused are."""

    x: int
    height: int
    refused: int


class Chart(Frozen, frozen=True, kw_only=True):
    """A chart in SVG units, what it says in words, and from when until when it reaches, in ms."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    words: str
    since: int
    until: int


def chart_of(said: TimelineBars) -> Chart | None:
    """Draw how requests are spread over a session's time; None where there were none."""
    counts = list(zip(said.requests, said.refused, strict=True))
    most, width = max((sum(each) for each in counts), default=0), said.width_ms
    if not most:
        return None

    def high(count: int) -> int:
        return -(-count * _CHART_HEIGHT // most)  # what is there at all is seen

    bars = [
        Bar(x=_BAR_WIDTH * number, height=high(passed + refused), refused=high(refused))
        for number, (passed, refused) in enumerate(counts)
    ]
    busiest = ngettext("%(n)d request", "%(n)d requests", most) % {"n": most}
    words = _("At most %(busiest)s in %(part)s.") % {"busiest": busiest, "part": duration(width)}
    since = ms_of_timestamp(said.since)
    return Chart(
        bars=tuple(bars),
        width=_CHART_WIDTH,
        height=_CHART_HEIGHT,
        words=words,
        since=since,
        until=since + width * _CHART_WIDTH // _BAR_WIDTH,
    )


def notices() -> Mapping[str, str]:
    """Give what the page says of what was just done, by its name in the query."""
    return {
        "ended": _("The session has ended. Nothing passes in it any more."),
        "all_ended": _("Your sessions have ended. Nothing passes in them any more."),
    }


def filter_words() -> Mapping[str, str]:
    """Say what parts of a timeline there are."""
    return {
        "": _("Everything"),
        "changes": _("Changes"),
        "hidden": _("Hidden"),
        "refused": _("Refused"),
        "errors": _("Errors"),
    }


def kind_words() -> Mapping[str, str]:
    """Say what an event of a session is."""
    return {
        "session.started": _("started"),
        "session.entered": _("entered"),
        "session.elevated": _("may change things from now on"),
        "session.lowered": _("looks only again"),
        "session.extended": _("lasts longer"),
        "session.reviewed": _("was reviewed"),
        "session.ended": _("ended"),
        "message.sent": _("message sent"),
        "message.refused": _("message refused"),
        "audit.viewed": _("was looked into"),
    }
