"""The policies in force, to read, and why somebody may act for somebody or may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.fields import one_line
from gateway.console.policy_values import Answered, PolicyQuestion, PolicySays, WhoMay
from gateway.console.routing import Visit
from gateway.console.start import TICKET_MAX_LENGTH
from gateway.console.views.sheet import Sheet
from gateway.errors import GatewayError, Refused
from gateway.model import Mode
from gateway.texts import gettext as _


@dataclass(frozen=True, slots=True)
class PolicyViews:
    """The page of policies; asking changes nothing, so its form is a GET."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """List the policies that one may see, and answer what was asked about a start."""
        cards = self.sheet.services.sites.all()
        site = visit.query.get("site", "") or (cards[0].name if cards else "")
        question = PolicyQuestion(
            site=site,
            operator=visit.query.get("operator", "").strip(),
            subject=visit.query.get("subject", "").strip(),
            mode=_mode(visit.query),
            ticket=one_line(visit.query.get("ticket", ""), TICKET_MAX_LENGTH),
        )
        answered, unanswered, who = await self._ask(visit, signed_in, question)
        return self.sheet.show(
            visit,
            signed_in,
            "policies.html",
            {
                "policies": await self._listed(visit, signed_in, site),
                "sites": cards,
                "site": site,
                "question": question,
                "modes": tuple(Mode),
                "answered": answered,
                "unanswered": unanswered,
                "who": who,
                "helps": help_words(),
                "categories": next((each.categories for each in cards if each.name == site), {}),
            },
        )

    async def _listed(
        self, visit: Visit, signed_in: SignedIn, site: str
    ) -> Sequence[PolicySays] | None:
        trials, client = self.sheet.services.trials, visit.arrival.client
        try:
            return await trials.listed(signed_in.operator, site, client)
        except Refused:
            return None  # the page says that these are for others; nothing was asked for by name

    async def _ask(
        self, visit: Visit, signed_in: SignedIn, question: PolicyQuestion
    ) -> tuple[Answered | None, GatewayError | None, Sequence[WhoMay] | None]:
        questions, client = self.sheet.services.questions, visit.arrival.client
        if not question.subject:
            return None, None, None
        try:
            if visit.query.get("ask") == "who":
                return None, None, await questions.who_can(signed_in.operator, question, client)
            return await questions.explain(signed_in.operator, question, client), None, None
        except GatewayError as why:
            if isinstance(why, Refused) or why.code == "policy_question":
                return None, why, None
            raise


def help_words() -> Mapping[str, str]:
    """Say what would turn a no into a yes, by the names that `policy explain` has for it."""
    return {
        "read_only": _("looking only"),
        "ticket": _("a ticket"),
        "approval": _("the approval of a second person"),
        "consent": _("the user’s consent"),
        "fresh_sign_in": _("a fresh sign-in"),
        "end_other_session": _("the end of the other session"),
        "break_glass": _("an emergency"),
        "working_hours": _("working hours"),
        "network": _("a network of the profile"),
        "active_user": _("an active user"),
        "not_protected": _("a user who is not protected"),
        "support_may_act": _("the account’s leave for support"),
        "admins_may_act": _("the account’s leave for its admins"),
        "not_ask_first": _("an account that does not ask first"),
        "partner_approved": _("the account’s leave for the partner"),
        "own_account": _("the account being their own"),
        "own_region": _("the account’s region being theirs"),
    }


def _mode(fields: Mapping[str, str]) -> Mode:
    return Mode.READ_WRITE if fields.get("mode") == Mode.READ_WRITE else Mode.READ_ONLY
