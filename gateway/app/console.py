"""The console of a gateway: who may sign in, who decides, and what they decide about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from gateway.app.directory_views import DirectoryViews
from gateway.app.exporting import Exporting
from gateway.app.history import starts_of_site
from gateway.app.looking_back import looking_back
from gateway.app.naming import named_where_told
from gateway.app.operators_reload import look as look_at_operators
from gateway.app.people import (
    authenticator,
    groups_of,
    load_operators,
    load_policies,
    policies_of,
    policy_files,
    profiles_of,
)
from gateway.app.people_upkeep import PeopleUpkeep, people_of
from gateway.app.policy_reload import PolicyReload, look
from gateway.app.shortlist_views import ShortlistViews
from gateway.app.tickets import tickets_of
from gateway.app.views import Arrivals, ConsoleRecorder, PublicAddress, SiteViews, own_origins
from gateway.app.ways_in import origins_of_ways
from gateway.config import Config
from gateway.console.consent_services import Consents
from gateway.console.services import ConsoleServices
from gateway.console.system_values import SystemSays
from gateway.console.values import Client, TicketField
from gateway.notices.notice import Notices
from gateway.people.consent_requests import ConsentRequests
from gateway.people.consents import ConsentBook
from gateway.people.preferences import PreferenceBook
from gateway.people.reach import Reach
from gateway.people.shortlists import ShortlistBook
from gateway.people.sign_ins import StoredSignIns
from gateway.people.ways_in import StoredWays
from gateway.policy.reasons import Reasons
from gateway.policy.rights.desk import Desk
from gateway.policy.rights.freshness import is_fresh
from gateway.policy.rights.in_force import InForce
from gateway.sessions.account_desk import AccountDesk
from gateway.sessions.actor_sessions import ActorSessions
from gateway.sessions.approval_book import ApprovalBook
from gateway.sessions.approval_telling import ApprovalTelling
from gateway.sessions.approving import Approving, Times
from gateway.sessions.changing import Changing
from gateway.sessions.consent_desk import ConsentDesk
from gateway.sessions.consent_telling import ConsentTelling
from gateway.sessions.desk import SessionDesk
from gateway.sessions.ending import Ending
from gateway.sessions.events import Events
from gateway.sessions.finding import Finder
from gateway.sessions.foresight import Foresight
from gateway.sessions.glass import Glass
from gateway.sessions.glass_book import GlassBook
from gateway.sessions.lapsing import Lapsing
from gateway.sessions.paths import SessionPaths
from gateway.sessions.policy_desk import PolicyDesk
from gateway.sessions.policy_trials import PolicyTrials
from gateway.sessions.repository import SessionRepository
from gateway.sessions.return_addresses import ReturnAddresses
from gateway.sessions.review import Review
from gateway.sessions.revocation import Revocation
from gateway.sessions.rights import Rights
from gateway.sessions.sight import Sight
from gateway.sessions.standings import Standings
from gateway.sessions.starting import Starting
from gateway.sessions.system_desk import SystemDesk
from gateway.sessions.telling import Telling
from gateway.sessions.timekeeper import Timekeeper
from gateway.site import Peers, Site
from gateway.store.client import Store


class ConsoleSide(NamedTuple):
    """What the console and the page for users are built from, and what keeps it up to date."""

    services: ConsoleServices
    consents: Consents
    policies: PolicyReload
    timekeeper: Timekeeper
    people: PeopleUpkeep
    review: Review
    exporting: Exporting
    ways: StoredWays


def console_services(
    config: Config,
    store: Store,
    sites: list[Site],
    address: PublicAddress,
    paths: SessionPaths,
    events: Events,
    repository: SessionRepository,
    ending: Ending,
    revocation: Revocation,
    notices: Notices,
    status: Callable[[], Awaitable[SystemSays]],
    now: Callable[[], int],
) -> ConsoleSide:
    """Wire them.

    Raises:
        GatewayError: `config`, a file that it names cannot be used.
    """
    profiles = profiles_of(config)
    held_operators = look_at_operators(config.operators)
    operators = load_operators(config, profiles)
    said = config.sessions
    reasons = Reasons(least=said.reason_min_length, listed=said.reasons)
    actors, book = ActorSessions(store, repository), PreferenceBook(store)
    standings = Standings(operators, book)
    consents = ConsentBook(store)
    reach = Reach(book)
    held = look(config.policies.folder)  # before they are read: what changes then is read again
    policies = InForce(load_policies(config, profiles))
    tickets = tickets_of(said.ticket, now)
    rights = Rights(
        operators=operators,
        profiles=profiles,
        policies=policies,
        standings=standings,
        consents=consents,
        tickets=tickets,
        ticket_required=said.ticket.required,
        actors=actors,
        now=now,
    )
    by_name = {site.name: site for site in sites}
    operators.join(groups_of(config, profiles, {site.name: site.directory for site in sites}))
    review = Review(by_name, operators, rights, repository, revocation, ending)
    finder, desk = Finder(by_name, reach), Desk(policies)

    def fresh(client: Client) -> bool:
        return is_fresh(client.signed_in_at, now(), int(said.fresh_for * 1000))

    sight = Sight(by_name, standings, profiles, desk, now)
    accounts = AccountDesk(
        sites=by_name,
        standings=standings,
        reach=reach,
        profiles=profiles,
        desk=desk,
        book=book,
        review=review,
        events=events,
        notices=notices,
        now=now,
    )
    glass = Glass(GlassBook(store), sight, events, now)
    console = address.origin(config.console.host) + config.prefix
    approval_book = ApprovalBook(store)
    approving = Approving(
        finder=finder,
        operators=operators,
        reasons=reasons,
        rights=rights,
        sight=sight,
        book=approval_book,
        events=events,
        fresh=fresh,
        telling=ApprovalTelling(notices, by_name, console),
        times=Times(
            waits_ms=int(said.approval.waits * 1000), holds_ms=int(said.approval.holds * 1000)
        ),
        now=now,
    )
    telling = Telling(notices, standings, profiles, console)
    starting = Starting(
        finder=finder,
        profiles=profiles,
        rights=rights,
        actors=actors,
        repository=repository,
        events=events,
        reasons=reasons,
        approving=approving,
        glass=glass,
        fresh=fresh,
        returns=ReturnAddresses(
            config.prefix,
            address.origin(config.console.host),
            own_origins(sites, address),
            config.console.return_to,
        ),
        telling=telling,
        now=now,
    )
    changing = Changing(
        sites=by_name,
        profiles=profiles,
        reasons=reasons,
        rights=rights,
        sight=sight,
        review=review,
        repository=repository,
        revocation=revocation,
        events=events,
        approving=approving,
        glass=glass,
        telling=telling,
        fresh=fresh,
        now=now,
    )
    people, upkeep = people_of(
        config,
        store,
        operators,
        held_operators,
        profiles=profiles,
        policies=policies,
        named_in=(partial(named_where_told, config, book),),
        review=review,
        events=events,
        now=now,
    )
    of_users, requests = users_pages(config, address), ConsentRequests(store)
    foresight = Foresight(
        finder=finder,
        profiles=profiles,
        tickets=tickets,
        telling=telling,
        notices=notices,
        standings=standings,
        desk=desk,
        approvals=approval_book,
        requests=requests,
        glass=glass,
        pages=of_users,
        now=now,
    )
    consent_desk = ConsentDesk(
        sites=by_name,
        pages=of_users,
        book=consents,
        requests=requests,
        standings=standings,
        starting=starting,
        review=review,
        events=events,
        tell=ConsentTelling(notices, now),
        reasons=reasons,
        now=now,
    )
    questions = PolicyDesk(
        sites=by_name,
        operators=operators,
        profiles=profiles,
        policies=policies,
        preferences=book,
        consents=consents,
        standings=standings,
        reach=reach,
        ticket_required=said.ticket.required,
        now=now,
    )
    lookup = said.ticket.lookup
    conditions = None if lookup is None else frozenset(lookup.conditions)
    on_record = partial(starts_of_site, store, config.audit.shards)
    back = looking_back(
        config,
        store,
        by_name,
        operators,
        standings,
        book,
        profiles,
        desk,
        repository,
        events,
        now,
    )
    shortlists = ShortlistViews(by_name, reach, ShortlistBook(store), now)
    sign_ins = StoredSignIns(store, operators, events, now)
    ways = StoredWays(store, sign_ins, origins_of_ways(config, sites, address))
    services = ConsoleServices(
        sign_in=authenticator(config.sign_in, operators, store, said.fresh_for),
        sign_ins=sign_ins,
        ways=ways,
        sites=SiteViews(sites, address, reach),
        directories=DirectoryViews(by_name, operators, reach),
        shortlists=shortlists,
        sessions=SessionDesk(
            starting,
            ending,
            repository,
            paths,
            changing,
            sight,
            review,
            tickets,
            foresight,
            shortlists.note,
        ),
        accounts=accounts,
        approvals=approving,
        glass=glass,
        questions=questions,
        trials=PolicyTrials(
            questions, by_name, operators, profiles, policies, on_record, conditions
        ),
        operators=people,
        asks=consent_desk,
        histories=back.histories,
        exports=back.exports,
        system=SystemDesk(by_name, desk, profiles, status, now),
        records=ConsoleRecorder(events, sites),
        arrival=Arrivals(address, Peers(map(str, config.trusted_peers))),
        now=now,
        reasons=reasons,
        ticket=TicketField(required=said.ticket.required, example=said.ticket.example or ""),
        profiles=profiles,
        origins=paths.origins,
        prefix=config.prefix,
    )
    reload = PolicyReload(
        config.policies.folder,
        held,
        partial(policy_files, config),
        partial(policies_of, config, profiles),
        policies,
        review,
        events,
    )
    lookup = said.ticket.lookup
    lapsing = Lapsing(consents, review, now)
    timekeeper = Timekeeper(profiles, review, lookup.keep if lookup else None, lapsing, now)
    return ConsoleSide(
        services, consent_desk, reload, timekeeper, upkeep, review, back.writers, ways
    )


def users_pages(config: Config, address: PublicAddress) -> dict[str, str]:
    """Give the address of the page for users of each site that has one, by the site's name."""
    return {
        said.name: f"{address.origin(said.hosts[0])}{config.prefix}consent"
        for said in config.sites
        if said.recognise is not None
    }
