"""The people who may sign in: finding, adding, changing, disabling and enabling them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.fields import one_line
from gateway.console.pages import see_other
from gateway.console.refusal import Refusal
from gateway.console.refusing import OnRecord
from gateway.console.routing import Visit
from gateway.console.values import OperatorChange, PersonOrder
from gateway.console.views.sheet import Sheet
from gateway.errors import ClientError
from gateway.model import Operator
from gateway.policy.people_rules import How
from gateway.texts import gettext as _

_WHY_MAX_LENGTH = 500


@dataclass(frozen=True, slots=True)
class TeamViews:
    """The list, the page of one of them, and the profiles."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """List those whom the operator may manage, and the operator."""
        text = visit.query.get("q", "").strip()
        desk, client = self.sheet.services.operators, visit.arrival.client
        found = await desk.search(signed_in.operator, text, client)
        values = {"people": found.people, "more": found.more, "text": text}
        return self.sheet.show(visit, signed_in, "team.html", values)

    async def profiles(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Say of each profile what it is like and how long its sessions are."""
        profiles = self.sheet.services.profiles
        values = {"profiles": [profiles[name] for name in profiles.names]}
        return self.sheet.show(visit, signed_in, "profiles.html", values)

    async def new(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Show an empty form."""
        return self._form(visit, signed_in, _nobody(), new=True)

    async def person(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Show one of them, with the last changes."""
        return await self._person(visit, signed_in, visit.query.get("id", ""))

    async def change(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Add, update, disable or enable somebody; a refusal is shown above what was filled in."""
        order = _order(fields)
        desk, client = self.sheet.services.operators, visit.arrival.client
        try:
            work = desk.change(signed_in.operator, order, client)
            says = await self.sheet.recorded(visit, signed_in, work)
        except OnRecord as refused:
            if order.how == "add" and order.operator is not None:
                return self._form(visit, signed_in, order.operator, refused.refusal, new=True)
            return await self._person(visit, signed_in, order.id, refused.refusal, order.operator)
        done = urlencode({"id": says.operator.id, "done": order.how})
        return see_other(f"{self.sheet.services.prefix}settings/team/person?{done}")

    async def _person(
        self,
        visit: Visit,
        signed_in: SignedIn,
        person: str,
        refusal: Refusal | None = None,
        filled: Operator | None = None,
    ) -> web.Response:
        desk, client = self.sheet.services.operators, visit.arrival.client
        says = await desk.show(signed_in.operator, person, client)
        history = await desk.history(signed_in.operator, person, client)
        return self._form(
            visit,
            signed_in,
            filled or says.operator,
            refusal,
            says=says,
            history=[(each, _what(each)) for each in history],
        )

    def _form(
        self,
        visit: Visit,
        signed_in: SignedIn,
        operator: Operator,
        refusal: Refusal | None = None,
        **values: object,
    ) -> web.Response:
        common = {
            "person": operator,
            "new": False,
            "says": None,
            "history": (),
            "itself": operator.id == signed_in.operator.id,
            "profiles": self.sheet.services.profiles.names,
            "has_passwords": self.sheet.services.sign_in.has_passwords,
            "why_max_length": _WHY_MAX_LENGTH,
            "said": _notices().get(visit.query.get("done", ""), ""),
        }
        return self.sheet.show(
            visit, signed_in, "person.html", {**common, **values}, refusal=refusal
        )


def _order(fields: Mapping[str, str]) -> PersonOrder:
    how, person = fields.get("how", ""), one_line(fields.get("id", ""), 200)
    why, said = one_line(fields.get("why", ""), _WHY_MAX_LENGTH), fields.get("version", "")
    version = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
    match how:
        case "add" | "update":
            return PersonOrder(
                how=how,
                id=person,
                operator=_operator(person, fields),
                password=fields.get("password") or None,
                why=why,
                version=version if how == "update" else None,
            )
        case "disable" | "enable":
            return PersonOrder(how=how, id=person, why=why, version=version)
        case _:
            raise ClientError("bad_fields", "Somebody is added, updated, disabled or enabled.")


def _operator(person: str, fields: Mapping[str, str]) -> Operator:
    def listed(name: str) -> tuple[str, ...]:
        return tuple(fields.get(name, "").replace(",", " ").split())

    return Operator(
        id=person,
        name=one_line(fields.get("name", ""), 200),
        email=one_line(fields.get("email", ""), 254),
        profile=fields.get("profile", ""),
        accounts=listed("accounts"),
        account=fields.get("account", "").strip(),
        partner=fields.get("partner", "").strip(),
        regions=listed("regions"),
    )


def _nobody() -> Operator:
    return Operator(id="", name="", email="", profile="")


def _what(change: OperatorChange) -> str:
    if change.disabled:
        return _("disabled")
    if change.operator is None:
        return _("enabled")
    return change.operator.profile


def _notices() -> Mapping[How | str, str]:
    return {
        "add": _("They may sign in from now on."),
        "update": _("It holds from now on; sessions that it no longer allows have ended."),
        "disable": _("They cannot sign in any more, and their sessions have ended."),
        "enable": _("They may sign in again."),
    }
