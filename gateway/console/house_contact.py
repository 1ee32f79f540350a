"""Whom an account is acted for as: its house contact."""

from __future__ import annotations

from gateway.console.services import ConsoleServices
from gateway.errors import ClientError, Refused
from gateway.model import Operator


def check_one(subject: str, account: str) -> None:
    """See that either a user or an account is named.

    Raises:
        ClientError: `bad_fields`, both are, or neither.
    """
    if bool(subject) == bool(account):
        raise ClientError("bad_fields", "Name a user as subject, or an account, and not both.")


async def house_contact_of(
    services: ConsoleServices, operator: Operator, site: str, account: str
) -> str:
    """Give the id of an account's house contact.

    Raises:
        Refused: `no_house_contact`, 404: there is none, or no such account.
    """
    person = await services.sites.house_contact(operator, site, account)
    if person is None:
        raise Refused(
            "no_house_contact",
            f"The directory of this site has no house contact of an account {account!r}.",
            "Check the account's id; or ask the platform team for a house contact.",
            status=404,
            title="There is nobody to act for here",
        )
    return person.user.id
