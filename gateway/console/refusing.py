"""Putting a refusal on record before anybody is told of it (laws 2 and 3)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

import msgspec
from aiohttp import web

from gateway.console.pages import Pages
from gateway.console.refusal import Refusal, problem, refusal_page, wants_page
from gateway.console.routing import Visit, path_of
from gateway.console.services import Recorder
from gateway.console.values import Attempt, Client, StartOrder
from gateway.errors import GatewayError, Side, StoreAway
from gateway.model import Operator
from gateway.policy.rights.facts import Facts

_T = TypeVar("_T")


class OnRecord(Exception):
    """A refusal that has been recorded and is to be answered as it is."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


async def put_on_record(
    records: Recorder,
    error: GatewayError,
    request: web.BaseRequest,
    client: Client,
    *,
    operator: Operator | None = None,
    order: StartOrder | None = None,
    session: str = "",
) -> Refusal:
    """Record what a client was refused; faults of our own side are not a client's attempt.

    When it cannot be recorded, the refusal becomes the one that says so.
    """
    path = path_of(request)
    sent = f"{request.method} {path}"
    if error.side is not Side.CLIENT:
        return msgspec.structs.replace(Refusal.of(error), request=sent)
    try:
        record = await records.refused(
            Attempt(
                code=error.code,
                rule=error.rule,
                facts=error.facts if isinstance(error.facts, Facts) else None,
                detail=error.detail,
                operator=operator,
                client=client,
                method=request.method,
                target=path,
                order=order,
                session=session,
            )
        )
    except StoreAway as away:
        return msgspec.structs.replace(Refusal.of(away), request=sent)
    return msgspec.structs.replace(Refusal.of(error), request=sent, record=record)


async def recorded(
    records: Recorder,
    visit: Visit,
    operator: Operator,
    work: Awaitable[_T],
    order: StartOrder | None = None,
) -> _T:
    """Do what an operator asked for; what is refused goes on record.

    Raises:
        OnRecord: it was refused.
    """
    try:
        return await work
    except GatewayError as error:
        raise OnRecord(
            await put_on_record(
                records,
                error,
                visit.request,
                visit.arrival.client,
                operator=operator,
                order=order,
                session=visit.named.get("id", ""),
            )
        ) from error


def answer(pages: Pages, visit: Visit, refusal: Refusal) -> web.Response:
    """Give the page to a person and problem details to everything else."""
    if visit.path.startswith(f"{pages.prefix}api/") or not wants_page(visit.request):
        return problem(refusal)
    return refusal_page(pages, refusal, visit.arrival.origin)
