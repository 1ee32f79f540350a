"""The hosts of a session, and addresses on them as browsers are sent there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from gateway.model import Session
from gateway.policy.workflows import NO_WORKFLOWS, Workflows
from gateway.site import session_host


@dataclass(frozen=True, slots=True)
class SessionPaths:
    """Makes absolute addresses.

    `origin` gives the origin of a host as a browser writes it; `prefix` is the gateway's own path;
    `more_hosts` how many further hosts a site has, by its name, `workflows` which it has.
    """

    origin: Callable[[str], str]
    prefix: str
    more_hosts: Mapping[str, int]
    workflows: Mapping[str, Workflows]

    def origins(self, session: Session) -> tuple[str, ...]:
        """The origins of a session's hosts, by their numbers."""
        numbers = range(1 + self.more_hosts.get(session.site, 0))
        return tuple(self.origin(session_host(session.host, number)) for number in numbers)

    def first_page(self, session: Session) -> str:
        """The target on the app at which a session begins."""
        return self.workflows.get(session.site, NO_WORKFLOWS).start(session.workflow)

    def enter(self, session: Session, code: str, number: int = 0) -> str:
        """The address that enters one of a session's hosts once."""
        return f"{self.origins(session)[number]}{self.prefix}enter?code={quote(code, safe='')}"
