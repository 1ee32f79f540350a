"""Who may see how the gateway is: whoever may see the policies of every site."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from gateway.console.system_values import SystemSays
from gateway.console.values import Client
from gateway.model import Deny, Operator
from gateway.policy.rights.desk import Asker, Desk
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.refusing import refused


class SystemDesk:
    """Implements `console.history_services.System`. Methods raise `Refused`.

    Args:
        sites: their names.
        look: says how the gateway is.
    """

    def __init__(
        self,
        sites: Iterable[str],
        desk: Desk,
        profiles: Profiles,
        look: Callable[[], Awaitable[SystemSays]],
        now: Callable[[], int],
    ) -> None:
        self._sites = tuple(sites)
        self._desk = desk
        self._profiles = profiles
        self._look = look
        self._now = now

    async def show(self, operator: Operator, client: Client) -> SystemSays:
        """Say how the gateway is."""
        asker = Asker(
            operator=operator,
            profiles=self._profiles.chain(operator.profile),
            now_ms=self._now(),
            address=client.address,
        )
        for site in self._sites:
            answer = self._desk.on_site("see_policies", asker, site)
            if isinstance(answer, Deny):
                raise refused(answer, "This was not shown")
        return await self._look()
