"""What the bar says: one session, in the words that its page shows."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from gateway.model import Frozen, Mode, Session
from gateway.policy.report_only import ReportOnly, unenforced
from gateway.texts import gettext as _


class BarState(Frozen, frozen=True, kw_only=True):
    """What the bar of one session shows.

    `session` is the session's id, `actor`, `subject`, `account` and `site` are names for people,
    `expires_at` is in milliseconds since the Unix epoch, `idle_ms` is how long the session lasts
    without use, `elevated_until` is when a session that was raised for minutes is look-only again,
    else 0, `emergency` is whether it broke the glass, `leave_url` is a path on the page's own
    origin (it answers GET with a page; leaving itself is a POST, law 12), `console_url` is absolute
    and leads back to where the session was started from, `elsewhere` when that is not the console;
    `desk_url` is the console's own. `workflow` is the name for people of the one that the session
    is for, `unenforced` is what a site that only reports does not do, and `beacons` is
    `Beacons.said`.
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
    desk_url: str = ""
    elevated_until: int = 0
    emergency: bool = False
    workflow: str = ""
    elsewhere: bool = False
    unenforced: str = ""
    beacons: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        """The mode, in the words of its users."""
        words = _("look only") if self.mode is Mode.READ_ONLY else _("your changes are real")
        if self.emergency:
            words = _("emergency access, %(mode)s") % {"mode": words}
        return f"{words}: {self.unenforced}" if self.unenforced else words

    @property
    def fixed(self) -> bool:
        """Whether the mode stays as it is: changes are real from start to end, or anyway."""
        return self.mode is Mode.READ_WRITE and not self.elevated_until

    @property
    def lowered(self) -> str:
        """What `words` are when it has fallen back."""
        return msgspec.structs.replace(self, mode=Mode.READ_ONLY).words


@lru_cache(maxsize=1024)  # a session's is the same on all its pages
def bar_state(
    session: Session,
    *,
    site: str,
    prefix: str,
    console_url: str,
    workflow: str = "",
    report_only: frozenset[ReportOnly] = frozenset(),
    beacons: tuple[tuple[str, str], ...] = (),
) -> BarState:
    """The bar of a session. Where rules only report, changes are real in any mode.

    Args:
        session: as it stands now.
        site: the site's name for people.
        prefix: the gateway's path prefix on every host, such as `/_gateway/`.
        console_url: where operators go once the session has ended; absolute.
        workflow: the name for people of the session's workflow, or empty.
        report_only: what the site does not enforce.
        beacons: what the page's scripts must not call (`Beacons.said`).
    """
    elsewhere = not session.return_to.startswith("/")
    return BarState(
        session=session.id,
        actor=session.actor.name,
        subject=session.subject.name,
        account=session.subject.account_name,
        site=site,
        mode=Mode.READ_WRITE if "rules" in report_only else session.mode,
        expires_at=session.expires_at,
        idle_ms=session.idle_ms,
        reason=session.reason,
        ticket=session.ticket,
        leave_url=f"{prefix}leave",
        console_url=session.return_to if elsewhere else console_url,
        desk_url=console_url,
        elevated_until=0 if "rules" in report_only else session.elevated_until,
        emergency=session.break_glass,
        workflow=workflow,
        elsewhere=elsewhere,
        unenforced=unenforced(report_only),
        beacons=beacons,
    )
