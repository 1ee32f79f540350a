"""What would turn a no into a yes: the same policies are asked about cases that differ a little.

Nothing here lets anybody in. A case that was made up is asked and thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Final

import msgspec

from gateway.model import Deny, Mode, Preferences
from gateway.policy.rights.facts import Case, Standing
from gateway.policy.rights.files import Policies
from gateway.policy.rights.start import StartAllowed, decide

Change = Callable[[Case], Case]
_replace = msgspec.structs.replace
_MOST: Final = 3
"""Changes that may have to come together."""
_EVERY: Final = frozenset({"open", "same_account", "opened_by_customer"})


def _in(**changed: object) -> Change:
    return lambda case: _replace(case, circumstances=_replace(case.circumstances, **changed))


def _user(**changed: object) -> Change:
    return lambda case: _replace(case, user=_replace(case.user, **changed))


def _preferring(change: Callable[[Preferences, Case], Preferences]) -> Change:
    def changed(case: Case) -> Case:
        def one(standing: Standing) -> Standing:
            return _replace(standing, preferences=change(standing.preferences, case))

        return _replace(case, lineage=tuple(one(each) for each in case.lineage))

    return changed


def _with_ticket(case: Case) -> Case:
    said = case.circumstances
    held = said.ticket_holds | _EVERY
    return _in(ticket=said.ticket or "1", ticket_holds=held)(case)


def _approving_partner(prefers: Preferences, case: Case) -> Preferences:
    return _replace(prefers, partners=(*prefers.partners, case.operator.partner))


def _of_the_region(case: Case) -> Case:
    region = next((each.account.region for each in case.lineage if each.account.region), "")
    regions = (*case.operator.regions, *((region,) if region else ()))
    return _replace(case, operator=_replace(case.operator, regions=regions))


OWN: Final[Mapping[str, Change]] = {
    "read_only": _in(mode=Mode.READ_ONLY),
    "ticket": _with_ticket,
    "approval": _in(approved=True),
    "consent": lambda case: _replace(case, consented=True),
    "fresh_sign_in": _in(stepped_up=True),
    "end_other_session": _in(again=False),
    "break_glass": _in(break_glass=True),
}
"""What an operator can bring about, or ask another person for; the mildest first."""
OTHERS: Final[Mapping[str, Change]] = {
    "working_hours": _in(in_working_hours=True),
    "network": _in(in_network=True),
    "active_user": _user(status="active"),
    "not_protected": _user(protected=False),
    "support_may_act": _preferring(lambda said, _: _replace(said, support_may_act=True)),
    "admins_may_act": _preferring(lambda said, _: _replace(said, admins_may_act=True)),
    "not_ask_first": _preferring(lambda said, _: _replace(said, ask_first=False)),
    "partner_approved": _preferring(_approving_partner),
    "own_account": lambda case: _replace(
        case,
        operator=_replace(case.operator, accounts=(*case.operator.accounts, case.user.account)),
    ),
    "own_region": _of_the_region,
}
"""What others would have to change, for those who look into a decision."""


def what_helps(
    policies: Policies, case: Case, changes: Mapping[str, Change] = OWN
) -> Iterator[tuple[str, ...]]:
    """Give the smallest sets of changes that would allow a case that is not, the mildest first.

    All of one set are needed together; sets of one size only, up to three.
    """
    effective = {name: change for name, change in changes.items() if change(case) != case}
    for size in range(1, _MOST + 1):
        found = [
            names
            for names in combinations(effective, size)
            if isinstance(decide(policies, _changed(case, names, effective)), StartAllowed)
        ]
        if found:
            yield from found
            return


def decide_start(policies: Policies, case: Case) -> StartAllowed | Deny:
    """Decide, and say with a no what the operator could do."""
    decision = decide(policies, case)
    if isinstance(decision, Deny):
        return _replace(decision, helps=tuple(what_helps(policies, case)))
    return decision


def _changed(case: Case, names: tuple[str, ...], changes: Mapping[str, Change]) -> Case:
    for name in names:
        case = changes[name](case)
    return case
