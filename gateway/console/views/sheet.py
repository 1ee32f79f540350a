"""How pages of the console answer: with a page, or with the same page and what was refused."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.pages import Pages
from gateway.console.refusal import Refusal
from gateway.console.refusing import recorded
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Shows pages to who is signed in."""

    services: ConsoleServices
    pages: Pages

    def show(
        self,
        visit: Visit,
        signed_in: SignedIn,
        template: str,
        values: Mapping[str, object],
        *,
        refusal: Refusal | None = None,
        form_targets: Sequence[str] = (),
    ) -> web.Response:
        """Answer with a page of the console.

        Args:
            visit: whose answer it is.
            signed_in: who looks at it.
            template: a file of `templates/` that extends `console.html`.
            values: what it needs beside `signed_in`, `now` and `refusal`.
            refusal: what was just refused; the page says so, under its status.
            form_targets: as in `Pages.respond`.
        """
        common = {"signed_in": signed_in, "now": self.services.now(), "refusal": refusal}
        return self.pages.respond(
            template,
            {**common, **values},
            origin=visit.arrival.origin,
            status=refusal.status if refusal else 200,
            form_targets=form_targets,
        )

    async def recorded(self, visit: Visit, signed_in: SignedIn, work: Awaitable[_T]) -> _T:
        """Do what a form asks for.

        Raises:
            OnRecord: it was refused, and that is on record.
        """
        return await recorded(self.services.records, visit, signed_in.operator, work)
