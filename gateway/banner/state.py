"""What the bar says: one session, in the words that its page shows."""

from __future__ import annotations

from gateway.model import Frozen, Mode, Session


class BarState(Frozen, frozen=True, kw_only=True):
    """What the bar of one session shows.

    `session` is the session's id, `actor`, `subject`, `account` and `site` are names for people,
    `expires_at` is in milliseconds since the Unix epoch, `idle_ms` is how long the session lasts
    without use, `leave_url` is a path on the page's own origin (it answers GET with a page; leaving
    itself is a POST, law 12), and `console_url` is absolute.
    """

    session: str
    actor: str
    subject: str
    account: str
    site: str
    mode: Mode
    expires_at: int
    idle_ms: int
    reason: str
    ticket: str
    leave_url: str
    console_url: str

    @property
    def words(self) -> str:
        """The mode, in the words of its users."""
        return _WORDS[self.mode]


_WORDS = {Mode.READ_ONLY: "look only", Mode.READ_WRITE: "your changes are real"}


def bar_state(session: Session, *, site: str, prefix: str, console_url: str) -> BarState:
    """The bar of a session.

    Args:
        session: as it stands now.
        site: the site's name for people.
        prefix: the gateway's path prefix on every host, such as `/_gateway/`.
        console_url: where operators go once the session has ended; absolute.
    """
    return BarState(
        session=session.id,
        actor=session.actor.name,
        subject=session.subject.name,
        account=session.subject.account_name,
        site=site,
        mode=session.mode,
        expires_at=session.expires_at,
        idle_ms=session.idle_ms,
        reason=session.reason,
        ticket=session.ticket,
        leave_url=f"{prefix}leave",
        console_url=console_url,
    )
