"""The values that the console and the rest of the house speak to each other.

Times are milliseconds since the Unix epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gateway.console.outlook_values import ApprovalSeen, TicketSeen, Told, WaysOut
from gateway.model import Deny, Frozen, Mode, Operator, Preferences, Session, User
from gateway.policy.people_rules import How
from gateway.policy.rights.facts import Facts

Way = Literal["password", "trusted_header", "jwt"]
"""How an operator proved who they are."""


class Client(Frozen, frozen=True, kw_only=True):
    """Where a request came from: the address behind trusted peers, the User-Agent.

    `signed_in_at`: when its operator last proved who they are; 0 where that is not known.
    """

    address: str
    agent: str
    signed_in_at: int = 0


class Arrival(Frozen, frozen=True, kw_only=True):
    """How a request reached us, as the browser sees it.

    `origin` is the ASCII serialisation that a browser sends in Origin, such as
    `https://acting.example.com` or `http://acting.localhost:8080`; `host` is its host[:port] part.
    """

    origin: str
    host: str
    client: Client


class Proof(Frozen, frozen=True, kw_only=True):
    """An operator whom this very request proves, by a trusted header or a signed token.

    `signed_in_at`: when they proved who they are; 0 where that is not known.
    """

    operator: Operator
    way: Way
    signed_in_at: int = 0


class SignIn(Frozen, frozen=True, kw_only=True):
    """A signed-in state: `operator` as they are now, not as they were.

    `signed_in_at`: when they gave their password; 0 for those who prove who they are otherwise.
    """

    operator: Operator
    way: Way
    signed_in_at: int = 0


class SiteCard(Frozen, frozen=True, kw_only=True):
    """A site as the pages show it.

    `form_targets` are the CSP sources of the places that entering a session of this site can lead
    to, such as `https://*.crm.example.com` (isolation `host`) or `https://crm.example.com`.
    `workflows`, `capabilities` and `categories` are the names for people of what the site has, by
    id.
    """

    name: str
    label: str
    form_targets: tuple[str, ...]
    workflows: Mapping[str, str] = {}
    capabilities: Mapping[str, str] = {}
    categories: Mapping[str, str] = {}


class Person(Frozen, frozen=True, kw_only=True):
    """A user of a site's directory, with the name of their account."""

    user: User
    account_name: str


class People(Frozen, frozen=True, kw_only=True):
    """The users that a search found, the best first, and whether there are more."""

    people: tuple[Person, ...] = ()
    more: bool = False


class StartOrder(Frozen, frozen=True, kw_only=True):
    """What an operator asks for; nothing in it has been checked but its types.

    `approval`: the id of a second person's. `break_glass`: without waiting for one. `workflow`: the
    one that the session is to be for. `return_to`: where leaving it leads. `minutes`: how long it
    is to last; None: as long as one may.
    """

    site: str
    subject: str
    mode: Mode
    reason: str
    ticket: str = ""
    approval: str = ""
    break_glass: bool = False
    workflow: str = ""
    return_to: str = ""
    minutes: int | None = None


class MoreOrder(Frozen, frozen=True, kw_only=True):
    """What an operator asks of a session that they have, and why."""

    session: str
    reason: str
    ticket: str = ""
    approval: str = ""


class TicketField(Frozen, frozen=True, kw_only=True):
    """What the form says of tickets; `example`: what one looks like, or empty."""

    required: bool = False
    example: str = ""


class Outlook(Frozen, frozen=True, kw_only=True):
    """What a session would be like, decided as `start` would decide it now.

    `hidden` and `revealed` are labels of categories, `capabilities` of what the actor may beside
    what the user may; `blocked` are phrases of what the site's rules
    refuse in this mode, such as `every change` or `opening /logout`. `unenforced`: what the site
    does not do, because it only reports. `refusal`: it would not start, and then `ways` says what
    would help. `lifetime_ms`: how long it would last; `longest_ms`: as long as may be asked for;
    `extended_ms`: as long as it may last in all when it is extended. `minutes`: lengths to choose
    from, the shortest first. `told`: who is told when it starts. `ticket`: what the desk says of
    it. `approval`: the operator's own request for this very start.
    """

    hidden: tuple[str, ...]
    revealed: tuple[str, ...]
    blocked: tuple[str, ...]
    lifetime_ms: int
    idle_ms: int
    refusal: Deny | None = None
    unenforced: str = ""
    capabilities: tuple[str, ...] = ()
    longest_ms: int = 0
    extended_ms: int = 0
    minutes: tuple[int, ...] = ()
    told: tuple[Told, ...] = ()
    ways: WaysOut = WaysOut()
    ticket: TicketSeen | None = None
    approval: ApprovalSeen | None = None


class Started(Frozen, frozen=True, kw_only=True):
    """A session that was just made, and the absolute address that enters it once."""

    session: Session
    enter_url: str


class Entered(Frozen, frozen=True, kw_only=True):
    """A session that was just entered on one of its hosts.

    `token` is the secret for this browser's cookie there. `onward` is where the browser goes next:
    to enter the session's next host, or to the app.
    """

    session: Session
    token: str
    onward: str = "/"


class AccountSays(Frozen, frozen=True, kw_only=True):
    """What an account allows: what it said itself, and what is in force there.

    `said` is None where it said nothing; `version` counts its changes.
    """

    said: Preferences | None
    in_force: Preferences
    version: int


class PreferenceOrder(Frozen, frozen=True, kw_only=True):
    """What an account is to allow from now on; None: what the account above it does.

    `version`: the one that was seen; None: whatever it is by now.
    """

    site: str
    account: str
    preferences: Preferences | None
    why: str
    version: int | None = None


class PreferenceChange(Frozen, frozen=True, kw_only=True):
    """A change of what an account allows; `at`: milliseconds since the Unix epoch."""

    preferences: Preferences | None
    by: str
    why: str
    at: int
    version: int


class PersonOrder(Frozen, frozen=True, kw_only=True):
    """Somebody who is to sign in, or is to be otherwise; nothing in it was checked but its types.

    `operator`: who they are to be, where they are added or updated. `password`: None to leave it as
    it is. `version`: the one that was seen; None: whatever it is by now.
    """

    how: How
    id: str
    operator: Operator | None = None
    password: str | None = None
    why: str = ""
    version: int | None = None


class OperatorSays(Frozen, frozen=True, kw_only=True):
    """An operator as they are kept, in the operators file or in the store.

    `version` counts their changes in the store.
    """

    operator: Operator
    disabled: bool
    in_file: bool
    version: int


class OperatorList(Frozen, frozen=True, kw_only=True):
    """Operators, by id, and whether there are more."""

    people: tuple[OperatorSays, ...]
    more: bool = False


class OperatorChange(Frozen, frozen=True, kw_only=True):
    """A change of an operator; `at`: milliseconds since the Unix epoch.

    `operator`: as they were from then on; None for one of the file, who is not kept in the store.
    """

    operator: Operator | None
    disabled: bool
    by: str
    why: str
    at: int
    version: int


class Attempt(Frozen, frozen=True, kw_only=True):
    """Something that was refused, to go on record.

    `rule` names what decided, such as a policy; empty when the code says it all. `facts`: what
    policies were told, where they were asked. `operator` is None
    when nobody was proven; `order` is there when a start was refused; `session` is the id of the
    session that was to be opened, ended, entered or left, or empty.
    """

    code: str
    detail: str
    operator: Operator | None
    client: Client
    method: str
    target: str
    rule: str = ""
    facts: Facts | None = None
    order: StartOrder | None = None
    session: str = ""


class Home(Frozen, frozen=True, kw_only=True):
    """Where ordinary users, and operators as themselves, find a site: its label and its address."""

    label: str
    url: str
