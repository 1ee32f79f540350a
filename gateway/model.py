"""Frozen values that every part of the gateway speaks.

Nothing here has behaviour beyond reading itself, and nothing of ours is imported: any module may
import this one. Times are milliseconds since the Unix epoch. Header names and values are the bytes
of the wire; a method and a target are `str` only because they were proven to be visible ASCII, so
that text and wire are the same bytes (law 1).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

Headers = tuple[tuple[bytes, bytes], ...]
"""Header fields in wire order; names keep the sender's case."""

Isolation = Literal["host", "cookie"]
About = Literal["support", "own_admins", "partners", "operators"]
"""Whose sessions: support's, an account's own admins', partners', all other operators'."""
MOST_TOLD = 20
"""How many addresses an account may have told of its sessions."""
Status = Literal["active", "invited", "pre_onboarding", "deactivated"]


class Mode(StrEnum):
    """What an operator may do in a session."""

    READ_ONLY = "read_only"
    READ_WRITE = "read_write"


class Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Base of the values below: immutable, compared by content, JSON through msgspec."""


class RequestHead(Frozen, frozen=True, kw_only=True):
    """One request as the client sent it, or as the app is to get it.

    `target` is in origin-form (RFC 9112, 3.2.1) and is never decoded or re-quoted.
    `host` is the Host field's value as sent.
    """

    method: str
    target: str
    headers: Headers
    host: str
    peer: str = ""
    scheme: str = "http"

    @property
    def path(self) -> str:
        """The target up to the query, still as on the wire."""
        return self.target.partition("?")[0]


class ResponseHead(Frozen, frozen=True, kw_only=True):
    """A response's status line and header fields.

    `of_connection`: names, in lower case, that its Connection field lists: fields of one hop.
    """

    status: int
    reason: bytes
    headers: Headers
    of_connection: frozenset[bytes] = frozenset()


class Account(Frozen, frozen=True, kw_only=True):
    """A customer organisation; `parent` is another account's id, or None at the root.

    `region`: empty where it is that of the parent.
    """

    id: str
    name: str
    parent: str | None = None
    region: str = ""


class Recipient(Frozen, frozen=True, kw_only=True):
    """Somebody who is told of an account's sessions, by e-mail address.

    `about`: whose sessions; empty for everybody's.
    """

    to: str
    about: tuple[About, ...] = ()


class Preferences(Frozen, frozen=True, kw_only=True):
    """What an account's admins allow there.

    `admins_may_act`: its own admins; `support_may_act`: support, without a ticket of theirs;
    `support_may_see`: categories; `ask_first`: only while the user allows it; `partners`: ids of
    the partners that they approved; `notify`: who is told of sessions.
    """

    admins_may_act: bool = False
    support_may_act: bool = False
    support_may_see: tuple[str, ...] = ()
    ask_first: bool = False
    partners: tuple[str, ...] = ()
    notify: tuple[Recipient, ...] = ()


class User(Frozen, frozen=True, kw_only=True):
    """Somebody in an account of a site's app.

    `protected`: an administrator of the app. `house_contact`: kept by the gateway, for acting on
    behalf of the account as such.
    """

    id: str
    name: str
    email: str
    account: str
    status: Status = "active"
    groups: tuple[str, ...] = ()
    protected: bool = False
    house_contact: bool = False


class Operator(Frozen, frozen=True, kw_only=True):
    """A person who may sign in to the gateway.

    `accounts`: the ids of the accounts they own. `account`: that of the customer they work for, and
    `partner` that of the partner; empty for one's own people. `regions`: where they act.
    """

    id: str
    name: str
    email: str
    profile: str
    accounts: tuple[str, ...] = ()
    account: str = ""
    partner: str = ""
    regions: tuple[str, ...] = ()


class Actor(Frozen, frozen=True, kw_only=True):
    """The operator who acts, as they were at the session's start (RFC 8693, 1.1)."""

    id: str
    name: str
    email: str
    profile: str


class Subject(Frozen, frozen=True, kw_only=True):
    """The user acted for, as they were at the session's start (RFC 8693, 1.1)."""

    id: str
    name: str
    email: str
    account: str
    account_name: str
    status: Status
    groups: tuple[str, ...] = ()


class Session(Frozen, frozen=True, kw_only=True):
    """One acting-on-behalf, from start to end.

    `host` is the session's own main host with isolation `host`, else the site's host it was entered
    on.
    `ticket_holds`: what was found true of the ticket at the start.
    `reveal` lists the categories whose values the actor may see; all others are redacted.
    `allowed_by` names the policies that permitted the start, `address` is where it came from.
    `elevated_until`: a look-only session may change things until then; 0: it may not.
    `approved_by`: the id of the second person who approved it; `stepped_up`: the operator had just
    signed in again; `break_glass`: they did not wait for what policies would have had them wait
    for. `workflow`: the only one that it is for; `capabilities`: what the app lets the actor do
    beside what the subject may. `return_to`: where leaving leads, an absolute address or a path on
    the console.
    """

    id: str
    site: str
    actor: Actor
    subject: Subject
    mode: Mode
    reason: str
    ticket: str = ""
    ticket_holds: tuple[str, ...] = ()
    isolation: Isolation
    host: str
    started_at: int
    expires_at: int
    idle_ms: int
    reveal: tuple[str, ...] = ()
    allowed_by: tuple[str, ...] = ()
    address: str = ""
    elevated_until: int = 0
    approved_by: str = ""
    stepped_up: bool = False
    break_glass: bool = False
    workflow: str = ""
    capabilities: tuple[str, ...] = ()
    return_to: str = "/_gateway/"

    def back(self, console: str) -> str:
        """Give the address to which leaving leads; `console` is the console's origin."""
        return console + self.return_to if self.return_to.startswith("/") else self.return_to

    def mode_at(self, now_ms: int) -> Mode:
        """What the actor may do at a time."""
        if not self.elevated_until:
            return self.mode
        return Mode.READ_WRITE if now_ms < self.elevated_until else Mode.READ_ONLY


class Permit(Frozen, frozen=True, kw_only=True):
    """Proof that a request may go to its site's app: only `policy.decision` makes one (house 7).

    `session` is None for pass-through. `rule` names what allowed the request. `would`: where the
    site only reports, the code of the refusal that `rule` would have been; else empty.
    """

    site: str
    rule: str
    session: Session | None = None
    would: str = ""


class Deny(Frozen, frozen=True, kw_only=True):
    """A refusal: a stable `code`, the `rule` that refused, and words that a person can act on.

    `helps`: what would have made it a yes, each by itself, all parts of one together; empty when
    nothing that the operator could do would.
    """

    code: str
    rule: str
    status: int
    title: str
    detail: str
    advice: str
    helps: tuple[tuple[str, ...], ...] = ()


class Remark(Frozen, frozen=True, kw_only=True):
    """What one redaction rule did to one response: `count` values of `category` were hidden."""

    rule: str
    category: str
    count: int
