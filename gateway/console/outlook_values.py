"""What is worth knowing before a start, beside what policies say.

Times are milliseconds since the Unix epoch.
"""

from __future__ import annotations

from typing import Literal

from gateway.model import Frozen


class Told(Frozen, frozen=True, kw_only=True):
    """Who is told of a session when it starts.

    `whom`: people whom the account named, or those whom the gateway's config names for approvals.
    `account`: the account's name; empty for the latter. `people`: how many addresses there are.
    `addresses`: which; empty for an operator who may not see the account's preferences.
    """

    whom: Literal["account", "approvers"]
    account: str
    people: int
    addresses: tuple[str, ...] = ()


class TicketSeen(Frozen, frozen=True, kw_only=True):
    """What the desk says of the ticket that was named: only what the config names.

    `status`, `asked_by` and `asked_at` are empty, or 0, where it does not say.
    """

    number: str
    status: str = ""
    asked_by: str = ""
    asked_at: int = 0


class ApprovalSeen(Frozen, frozen=True, kw_only=True):
    """The operator's own request for this very start, which waits or was approved.

    It is good for `ticket` alone, and until `until`. `by`: who approved it, by name.
    """

    id: str
    state: Literal["pending", "approved"]
    until: int
    reason: str
    ticket: str = ""
    by: str = ""


class WaysOut(Frozen, frozen=True, kw_only=True):
    """What would help where a session would not start, by itself or with others of these.

    `read_only`: to look only. `consent`: the user may be asked, which `asked_at` says was done
    within the last hour; 0: it was not. `break_glass`: policies allow it, and nothing that the
    operator did so before waits for review too long.
    """

    read_only: bool = False
    ticket: bool = False
    approval: bool = False
    consent: bool = False
    asked_at: int = 0
    fresh_sign_in: bool = False
    end_other_session: bool = False
    break_glass: bool = False
