"""The site and the user that an order names, and whether the site has its workflow.

Somebody of a customer or a partner is told the same of a user whom they do not find as of one whom
nobody knows: what policies say of a user tells that there is one.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.console.values import StartOrder
from gateway.errors import Refused
from gateway.model import Operator, User
from gateway.people.reach import Reach
from gateway.site import Site

_TITLE = "This session cannot start"


class Finder:
    """Finds them.

    Args:
        sites: by name.
        reach: whose users an operator finds.
    """

    def __init__(self, sites: Mapping[str, Site], reach: Reach) -> None:
        self._sites = sites
        self._reach = reach

    async def find(self, operator: Operator, order: StartOrder) -> tuple[Site, User]:
        """Give the site and the user, whom this operator finds.

        Raises:
            Refused: 404 `unknown_site`, `unknown_subject`, `unknown_workflow`.
            StoreAway: it is not known whom they find.
        """
        site = self._sites.get(order.site)
        if site is None:
            raise Refused(
                "unknown_site",
                "There is no such site.",
                "Choose one of the list.",
                status=404,
                title=_TITLE,
            )
        user = site.directory.user(order.subject)
        if user is None or not await self._reach.reaches(operator, site, user.account):
            raise Refused(
                "unknown_subject",
                f"You find no such user on {site.label}.",
                "Search by name or e-mail, and choose one of the list.",
                status=404,
                title=_TITLE,
            )
        if order.workflow and order.workflow not in site.workflows:
            raise Refused(
                "unknown_workflow",
                f"{site.label} has no workflow {order.workflow!r}.",
                "Start one that the site has, or none.",
                status=404,
                title=_TITLE,
            )
        return site, user
