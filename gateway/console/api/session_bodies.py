"""What programs send about sessions, and what they are answered."""

from __future__ import annotations

from typing import Self

from gateway.console.api.shapes import Answer, Body, Reason, Ticket, Time, Whole, Workflow
from gateway.console.house_contact import check_one
from gateway.console.start import tidy
from gateway.console.values import StartOrder
from gateway.console.wording import timestamp
from gateway.model import Actor, Isolation, Mode, Session, Subject


class StartBody(Body, frozen=True, kw_only=True):
    """A session that is to start, for a user (`subject`) or an account's house contact.

    `minutes`: how long it is to last; left out: as long as one may.
    """

    site: str
    subject: str = ""
    account: str = ""
    mode: Mode
    reason: Reason
    ticket: Ticket = ""
    approval: str = ""
    break_glass: bool = False
    workflow: Workflow = ""
    return_to: str = ""
    minutes: Whole | None = None

    def order(self) -> StartOrder:
        """Give it as the rest of the gateway speaks of it.

        Raises:
            ClientError: `bad_fields`, a text is too long, or neither or both of user and account.
        """
        check_one(self.subject, self.account)
        return tidy(
            StartOrder(
                site=self.site,
                subject=self.subject,
                mode=self.mode,
                reason=self.reason,
                ticket=self.ticket,
                approval=self.approval,
                break_glass=self.break_glass,
                workflow=self.workflow,
                return_to=self.return_to,
                minutes=None if self.minutes is None else int(self.minutes),
            )
        )


class ElevationBody(Body, frozen=True, kw_only=True):
    """Why a session is to change things, and what may be asked for beside."""

    reason: Reason
    ticket: Ticket = ""
    approval: str = ""


class ExtensionBody(Body, frozen=True, kw_only=True):
    """Why a session is to last longer."""

    reason: Reason


class TicketBody(Body, frozen=True, kw_only=True):
    """The number of a ticket that changed at the desk."""

    ticket: Ticket


class StartedSession(Answer, frozen=True, kw_only=True):
    """A session that was just made; `enter_url` is good once, for 60 seconds."""

    id: str
    enter_url: str
    expires_at: Time


class LiveSession(Answer, frozen=True, kw_only=True):
    """A session that lives, without secrets of its host.

    `elevated_until` is null where it is not raised, `workflow` empty for the whole app. `reveal`:
    the categories that are shown. `allowed_by`: the policies that permitted it.
    """

    id: str
    site: str
    actor: Actor
    subject: Subject
    mode: Mode
    reason: str
    ticket: str
    isolation: Isolation
    host: str
    started_at: Time
    expires_at: Time
    elevated_until: Time | None
    approved_by: str
    break_glass: bool
    workflow: str
    capabilities: tuple[str, ...]
    reveal: tuple[str, ...]
    allowed_by: tuple[str, ...]

    @classmethod
    def of(cls, session: Session) -> Self:
        """Give a session as the API shows it."""
        return cls(
            id=session.id,
            site=session.site,
            actor=session.actor,
            subject=session.subject,
            mode=session.mode,
            reason=session.reason,
            ticket=session.ticket,
            isolation=session.isolation,
            host=session.host,
            started_at=timestamp(session.started_at),
            expires_at=timestamp(session.expires_at),
            elevated_until=timestamp(session.elevated_until) if session.elevated_until else None,
            approved_by=session.approved_by,
            break_glass=session.break_glass,
            workflow=session.workflow,
            capabilities=session.capabilities,
            reveal=session.reveal,
            allowed_by=session.allowed_by,
        )


class LiveSessions(Answer, frozen=True, kw_only=True):
    """The live sessions that one may see."""

    sessions: tuple[LiveSession, ...]
