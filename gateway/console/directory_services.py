"""Sites, their accounts and users, and the shortcuts of an operator, as Protocols.

An operator from outside, who works for a customer or a partner, is shown what concerns them alone:
`gateway.people.reach` says what that is. What they are not shown is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.console.directory_values import AccountPage, AccountSheet, Place, Shortcut, UserPage
from gateway.console.values import People, Person, SiteCard
from gateway.model import Operator


class Sites(Protocol):
    """The sites and their directories, as far as an operator may see them."""

    def all(self) -> Sequence[SiteCard]:
        """List every site in the order of the config."""
        ...

    async def search(
        self,
        operator: Operator,
        site: str,
        text: str,
        limit: int,
        *,
        status: str = "",
        account: str = "",
    ) -> People:
        """Find users by name, e-mail, id or account; nobody for an unknown site.

        `status` and `account`, when not empty, are what the users must have beside.
        """
        ...

    async def person(self, operator: Operator, site: str, user_id: str) -> Person | None:
        """Give one user, or None."""
        ...

    async def house_contact(self, operator: Operator, site: str, account: str) -> Person | None:
        """Give the house contact of an account, by its id, or None."""
        ...


class Directories(Protocol):
    """The accounts and users of sites.

    Each may raise `Refused` `unknown_site` (404), and `StoreAway`. `after` is what the page before
    gave, and empty for the first; `limit` is 1 to 100. Who is added or changed between two pages
    may come twice or not at all; everybody else comes once.
    """

    async def accounts(
        self, operator: Operator, site: str, text: str, after: str, limit: int
    ) -> AccountPage:
        """Find accounts by words of their names or by id, as users are found; all for no text.

        The best first; among equals it goes by name.

        Raises:
            ClientError: `bad_fields`, `after` is of no page.
        """
        ...

    async def account(self, operator: Operator, site: str, account: str) -> AccountSheet:
        """Give one account by its id.

        Raises:
            Refused: `unknown_account` (404).
        """
        ...

    async def users(
        self,
        operator: Operator,
        site: str,
        *,
        account: str = "",
        text: str = "",
        status: str = "",
        near: str = "",
        after: str = "",
        limit: int = 50,
    ) -> UserPage:
        """Give users: of this very account, by its id, or of all; all statuses for no `status`.

        `near`: of the account of this id, or of accounts named so, and below, as `Sites.search`.

        The best first; among equals active users are first, then it goes by name.

        Raises:
            Refused: `unknown_account` (404).
            ClientError: `bad_fields`, `after` is of no page.
        """
        ...

    async def places(self, operator: Operator, site: str, subject: str) -> Sequence[Place]:
        """Give the sites on which a user of a site exists, that one first, then as in the config.

        Empty where that site has no such user.
        """
        ...


class Shortlists(Protocol):
    """Users whom an operator acts for often: their own shortcuts, which nobody else can read.

    Whom a directory does not have any more is not shown. Methods raise `StoreAway`.
    """

    async def recent(self, operator: Operator) -> Sequence[Shortcut]:
        """Give the last ten for whom they started a session, the latest first."""
        ...

    async def pinned(self, operator: Operator) -> Sequence[Shortcut]:
        """Give those whom they pinned, in the order in which they did."""
        ...

    async def pin(self, operator: Operator, site: str, subject: str) -> None:
        """Pin a user; one who is pinned stays where they are.

        Raises:
            Refused: `unknown_site`, `unknown_subject` (404); `too_many_pinned` (409).
        """
        ...

    async def unpin(self, operator: Operator, site: str, subject: str) -> None:
        """Pin them no more; nothing happens to one who was not."""
        ...
