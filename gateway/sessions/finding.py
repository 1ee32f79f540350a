"""The site and the user that an order names, and whether the site has its workflow."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.console.values import StartOrder
from gateway.errors import Refused
from gateway.model import User
from gateway.site import Site

_TITLE = "This session cannot start"


class Finder:
    """Finds them.

    Args:
        sites: by name.
    """

    def __init__(self, sites: Mapping[str, Site]) -> None:
        self._sites = sites

    def find(self, order: StartOrder) -> tuple[Site, User]:
        """Give the site and the user.

        Raises:
            Refused: 404 `unknown_site`, `unknown_subject`, `unknown_workflow`.
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
        if user is None:
            raise Refused(
                "unknown_subject",
                f"The directory of {site.label} has no such user.",
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
