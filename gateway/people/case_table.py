"""Tables of cases in YAML, for `policy test`.

    site: crm                              # without it: the first site of the config
    ready: [support_when_allowed]          # without it: the policies of the config
    accounts: [{id: nordlicht, name: Nordlicht GmbH}]
    users: [{id: jonas, name: Jonas, email: jonas@nordlicht.example, account: nordlicht}]
    operators: [{id: sam, name: Sam, email: sam@example.com, profile: Support}]
    house_contacts: {house: nordlicht}
    preferences: {nordlicht: {support_may_act: true}}
    cases:
      - {who: sam, whom: jonas, how: read_only, expect: allowed, why: The account allows it.}

`whom` is a user, `of` an account, `person` an operator, as `how` has it. `given` lists what else is
the case, `holds` what a ticket's lookup found true; `workflow` is the one that it is for.

A table that asks the policies of the config names what its site has. Anything else would be an
error in each case, and a refusal that does not say why.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from gateway.model import Account, Mode, Operator, Preferences, User
from gateway.people.cases import ADDRESS, NOW_MS, Cases, Row
from gateway.people.document import Document, Fields
from gateway.people.lists import OperatorList, accounts_in, users_in
from gateway.policy.rights.facts import Circumstances
from gateway.policy.rights.profiles import Profiles
from gateway.yaml_file import Path

GIVEN: Final = {
    "approved": "approved",
    "fresh_sign_in": "stepped_up",
    "working_hours": "in_working_hours",
    "network": "in_network",
    "break_glass": "break_glass",
    "another_session": "again",
    "tickets_required": "ticket_required",
}
"""What a case may be given beside `consent`, and the fact that it is."""

_ROOT: Final = (
    *("ready", "accounts", "users", "house_contacts", "operators", "preferences", "categories"),
    *("capabilities", "site", "cases"),
)
_ROW: Final = (
    *("who", "how", "whom", "of", "person", "ticket", "holds", "given", "workflow"),
    *("shows", "has", "expect", "why"),
)
_ON_ACCOUNTS: Final = ("view_audit", "manage_preferences")
_ON_SESSIONS: Final = ("approve", "end_any_session")
_ON_SITES: Final = ("see_policies",)
_PREFERENCES: Final = (
    *("admins_may_act", "support_may_act", "support_may_see", "ask_first", "partners"),
)
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNames:
    """What a site of the config has, by name."""

    categories: Container[str]
    capabilities: Container[str]
    workflows: Container[str]


_NO_SITES: Final[Mapping[str, SiteNames]] = MappingProxyType({})


def read_cases(
    text: str, file: str, profiles: Profiles, sites: Mapping[str, SiteNames] = _NO_SITES
) -> Cases:
    """Read a table; `file` is its name in faults. A table that names no site is of the first.

    Raises:
        PeopleError: with every fault of the file.
    """
    document = Document(file, text)
    root = document.fields(document.root, (), _ROOT)
    accounts = accounts_in(document, root)
    users = users_in(document, root, accounts) | _house_contacts(document, root, accounts)
    listed = OperatorList(document, profiles.names)
    for path, value in root.items("operators"):
        listed.read(value, path)
    people = (accounts, users, listed.operators)
    cases = Cases(
        ready=root.texts("ready") or None,
        accounts=accounts,
        operators=listed.operators,
        preferences=_preferences(document, root, accounts),
        categories=root.texts("categories"),
        capabilities=root.texts("capabilities"),
        site=root.optional_text("site") or next(iter(sites), "crm"),
        rows=tuple(
            _row(document.fields(value, path, _ROW), document.line(path), people)
            for path, value in root.items("cases")
        ),
    )
    if sites and cases.ready is None:
        for path, fault in _unknown(cases, sites):
            document.fault(path, fault)
    document.finish()
    return cases


def _unknown(cases: Cases, sites: Mapping[str, SiteNames]) -> Iterator[tuple[Path, str]]:
    """Give where a table names what its site does not have, and the first such name there."""
    site = sites.get(cases.site)
    if site is None:
        yield ("site",), f"there is no site {cases.site!r}, but {', '.join(sites)}"
        return
    named: list[tuple[Path, str, tuple[str, ...], Container[str]]] = [
        (("categories",), "category", cases.categories, site.categories),
        (("capabilities",), "capability", cases.capabilities, site.capabilities),
    ]
    for account, said in cases.preferences.items():
        at = ("preferences", account, "support_may_see")
        named.append((at, "category", said.support_may_see, site.categories))
    for i, row in enumerate(cases.rows):
        flow = row.circumstances.workflow
        named.append((("cases", i, "workflow"), "workflow", (flow,) * bool(flow), site.workflows))
    for path, kind, names, known in named:
        for name in names:
            if name not in known:
                yield path, f"the site {cases.site} has no {kind} {name!r}"
                break


_People = tuple[Mapping[str, Account], Mapping[str, User], Mapping[str, Operator]]


def _row(fields: Fields, line: int, people: _People) -> Row:
    accounts, users, operators = people
    how, given = fields.text("how"), fields.texts("given")
    for each in given:
        if each not in (*GIVEN, "consent"):
            fields.fault("given", f"{each!r} is none of {', '.join((*GIVEN, 'consent'))}")
    flags = {GIVEN[each]: True for each in given if each in GIVEN}
    who = _one_of(fields, "who", operators, "operator")
    user = account = person = None
    if how in _ON_ACCOUNTS:
        account = _one_of(fields, "of", accounts, "account")
    elif how == "manage_people":
        person = _one_of(fields, "person", operators, "operator")
    elif how in (*Mode, *_ON_SESSIONS):
        user = _one_of(fields, "whom", users, "user")
    elif how not in _ON_SITES:
        known = (*Mode, *_ON_ACCOUNTS, *_ON_SESSIONS, "manage_people", *_ON_SITES)
        fields.fault("how", f"must be one of {', '.join(known)}")
    return Row(
        line=line,
        who=who or Operator(id="", name="", email="", profile=""),
        how=how,
        user=user,
        account=account,
        person=person,
        circumstances=Circumstances(
            mode=Mode(how) if how in set(Mode) else Mode.READ_ONLY,
            now_ms=NOW_MS,
            address=ADDRESS,
            ticket=fields.optional_text("ticket") or "",
            ticket_holds=frozenset(fields.texts("holds")),
            workflow=fields.optional_text("workflow") or "",
            **flags,
        ),
        consented="consent" in given,
        expect=fields.text("expect"),
        shows=fields.texts("shows") if fields.has("shows") else None,
        has=fields.texts("has") if fields.has("has") else None,
        why=fields.text("why"),
    )


def _one_of(fields: Fields, name: str, known: Mapping[str, _Found], kind: str) -> _Found | None:
    said = fields.text(name)
    if said and said not in known:
        fields.fault(name, f"there is no {kind} {said!r}")
    return known.get(said)


def _house_contacts(
    document: Document, root: Fields, accounts: Mapping[str, Account]
) -> dict[str, User]:
    """Read the mapping of house contacts' ids to their accounts."""
    found: dict[str, User] = {}
    for name, path, account in root.members("house_contacts"):
        if account not in accounts:
            document.fault(path, f"there is no account {account!r}")
        found[name] = User(id=name, name=name, email="", account=str(account), house_contact=True)
    return found


def _preferences(
    document: Document, root: Fields, accounts: Mapping[str, Account]
) -> dict[str, Preferences]:
    found: dict[str, Preferences] = {}
    for account, path, value in root.members("preferences"):
        if account not in accounts:
            document.fault(path, f"there is no account {account!r}")
        fields = document.fields(value, path, _PREFERENCES)
        found[account] = Preferences(
            admins_may_act=fields.flag("admins_may_act"),
            support_may_act=fields.flag("support_may_act"),
            support_may_see=fields.texts("support_may_see"),
            ask_first=fields.flag("ask_first"),
            partners=fields.texts("partners"),
        )
    return found
