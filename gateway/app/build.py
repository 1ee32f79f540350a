"""Everything wired: the composition root of a gateway, in one place."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web

from gateway.app.bar_facts import BarFacts
from gateway.app.consents import UserPages, recognisers_of
from gateway.app.console import console_services
from gateway.app.directory_sources import DirectorySources, looks_of
from gateway.app.evidence import Evidence, spool_folder
from gateway.app.fingerprint import config_files
from gateway.app.gateway import Gateway
from gateway.app.in_band import InBand
from gateway.app.notices import Delivering, notice_desk
from gateway.app.replies import Replies, unread
from gateway.app.secrets import Rings, audit_key, consent_key, redaction_key
from gateway.app.sites import compile_site, proofs_of, upstreams_of
from gateway.app.status import Status
from gateway.app.views import Arrivals, ConsoleRecorder, PublicAddress, homes
from gateway.app.visits import Visits
from gateway.app.ways_in import shown_to
from gateway.audit.ids import Ids
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.redis_sink import RedisSink
from gateway.audit.writing.sink import Sink
from gateway.audit.writing.spooling import SpoolingSink
from gateway.config import Config
from gateway.console.consent_pages import create_consent_pages
from gateway.console.consent_services import ConsentServices
from gateway.console.console import create_console
from gateway.console.services import SessionPageServices, WayPageServices
from gateway.console.session_pages import create_session_pages
from gateway.console.ways_in import create_way_pages
from gateway.errors import GatewayError, StoreAway
from gateway.finding import Finding
from gateway.governed import Governed
from gateway.listener.connection import Connection
from gateway.listener.server import Listener
from gateway.middleware.between_hosts import is_further_host, readable_by
from gateway.model import Deny, RequestHead, Session
from gateway.people.ways_in import proof_of
from gateway.policy.report_only import unenforced
from gateway.proxy import Door, Proxy
from gateway.recorder import Outcome, Recorder
from gateway.release import Release, Surroundings
from gateway.sessions.actor_sessions import ActorSessions
from gateway.sessions.desk import SessionDoor
from gateway.sessions.ending import Ending
from gateway.sessions.events import Events
from gateway.sessions.live import LiveSessions
from gateway.sessions.paths import SessionPaths
from gateway.sessions.repository import SessionRepository
from gateway.sessions.revocation import Revocation
from gateway.shortcut.governed import Ways
from gateway.shortcut.known import KnownHeads
from gateway.shortcut.outbox import Outbox
from gateway.shortcut.take import Shortcut
from gateway.site import Peers, Places
from gateway.sockets.open import OpenSockets
from gateway.store.client import Store

_log = structlog.get_logger("gateway")
_MAX_HEAD = 64 * 1024
_HEAD_TIMEOUT = 15.0
_IDLE_TIMEOUT = 75.0
_WRITE_TIMEOUT = 60.0


def build(config: Config, store: Store, now: Callable[[], int], name: str = "") -> Gateway:
    """Wire a gateway over an open store. Runs inside the event loop that will serve.

    `name` tells several processes of one gateway apart on record.

    Raises:
        GatewayError: `config`, something in it cannot work.
    """
    folder = Path(config.data_dir)
    address = PublicAddress(config.public_scheme, config.public_port)
    console_origin = address.origin(config.console.host)
    peers = Peers(map(str, config.trusted_peers))

    rings = Rings(folder, {s.identity.jwt.algorithm for s in config.sites if s.identity.jwt}, now)
    key = redaction_key(folder)
    proofs = proofs_of(config.sign_in)
    held = looks_of(config.sites)  # before they are read: what changes then is read again
    sites = [
        compile_site(said, issuer=console_origin, ring=rings.get, redaction_key=key, proofs=proofs)
        for said in config.sites
    ]
    for site in sites:
        if site.report_only:
            _log.warning("site.report_only", site=site.name, detail=unenforced(site.report_only))
    upstreams = upstreams_of(config.sites)
    places = Places(config.console.host, sites, address.ports | {str(config.listen.port)})
    more_hosts = {site.name: len(site.more_hosts) for site in sites}
    workflows = {site.name: site.workflows for site in sites}
    paths = SessionPaths(address.origin, config.prefix, more_hosts, workflows)

    ids = Ids(now, secrets.randbits(40))
    signing = audit_key(folder)
    emitter = Emitter(
        _sink(config, store),
        ids,
        signing.sign,
        shards=config.audit.shards,
        wait=config.audit.timeout,
    )
    evidence = Evidence(config, store, emitter, ids, signing.public_key(), now)
    events = Events(emitter, ids, now)
    recorder = Recorder(emitter, ids, now, peers)

    repository = SessionRepository(store)
    live = LiveSessions(repository, now)
    revocation = Revocation(store, live, emitter.writer)
    ending = Ending(repository, ActorSessions(store, repository), live, revocation, events, now)

    arrivals = Arrivals(address, peers)
    replies = Replies(
        config.prefix,
        console_origin,
        {site.name: site.graphql for site in sites},
        paths.first_page,
    )

    def refuse(
        request: web.BaseRequest, why: GatewayError | Deny, record: str, session: Session | None
    ) -> web.StreamResponse:
        reply = replies.refuse(request, arrivals(request), why, record, session)
        host = request.headers.get("Host", "")
        origin = request.headers.get("Origin", "").encode("utf-8", "surrogateescape")
        place = places.find(host)
        if place is not None and is_further_host(origin, place, config.public_scheme, host):
            reply.headers.update((k.decode(), v.decode()) for k, v in readable_by(origin))
        return reply

    notices = notice_desk(config, store, now)
    status = Status(config, sites, now)
    side = console_services(
        config,
        store,
        sites,
        address,
        paths,
        events,
        repository,
        ending,
        revocation,
        notices,
        status,
        now,
    )
    by_name = {site.name: site for site in sites}
    prove = shown_to(side.services.sign_in, side.ways)
    in_band = InBand(
        prefix=config.prefix,
        console=create_console(side.services),
        session_pages=create_session_pages(
            SessionPageServices(
                entrance=SessionDoor(places, paths, repository, live, revocation, ending, events),
                records=ConsoleRecorder(events, sites),
                arrival=arrivals,
                now=now,
                console_url=lambda: console_origin,
                homes=homes(sites, address),
                origins=paths.origins,
                first_page=paths.first_page,
                prefix=config.prefix,
            )
        ),
        way_pages=create_way_pages(
            WayPageServices(
                ways=side.ways,
                records=ConsoleRecorder(events, sites),
                arrival=arrivals,
                console_url=console_origin,
                prefix=config.prefix,
            ),
            proof_of,
        ),
        user_pages=UserPages(
            recognisers_of(config.sites, {site.name: site for site in sites}, upstreams, peers),
            create_consent_pages(
                ConsentServices(
                    consents=side.consents,
                    histories=Visits(store, config.audit.shards),
                    arrival=arrivals,
                    now=now,
                    secret=consent_key(folder),
                    categories={site.name: site.categories for site in sites},
                    prefix=config.prefix,
                )
            ),
            side.services.sign_in,
            config.public_scheme,
        ),
        live=live,
        facts=BarFacts(
            side.services.histories,
            by_name,
            prefix=config.prefix,
            console_url=console_origin + config.prefix,
            now=now,
        ),
        rings=rings,
        console_url=console_origin + config.prefix,
        prove=prove,
    )
    sockets = OpenSockets()
    release = Release(live, Surroundings(config.prefix, console_origin + config.prefix), now)
    proxy = Proxy(
        door=Door(config.prefix, config.public_scheme, peers),
        find=Finding(places, live),
        upstreams=upstreams,
        recorder=recorder,
        governed=Governed(
            upstreams=upstreams,
            live=live,
            recorder=recorder,
            release=release,
            sockets=sockets,
            reply=refuse,
            now=now,
        ),
        in_band=in_band,
        refuse=refuse,
        now=now,
        prove=prove,
    )
    shortcut = Shortcut(
        KnownHeads(proxy.read, upstreams, scheme=config.public_scheme, max_head=_MAX_HEAD),
        prefix=config.prefix,
        live=live,
        ways=Ways(recorder, release, Outbox(), now, proxy.go_on, proxy.say_away),
        counts=proxy.counts,
        resume=proxy.resume,
    )
    listener = Listener(
        proxy.handle,
        shortcut=shortcut.take,
        unread=partial(_unread, recorder),
        on_crash=lambda error: _log.error("request.crashed", exc_info=error),
        scheme=config.public_scheme,
        max_head=_MAX_HEAD,
        head_timeout=_HEAD_TIMEOUT,
        idle_timeout=_IDLE_TIMEOUT,
        write_timeout=_WRITE_TIMEOUT,
    )
    live.on_cut = listener.cut_carrying
    status.gateway = gateway = Gateway(
        listener=listener,
        live=live,
        emitter=emitter,
        store=store,
        rings=rings,
        counts=proxy.counts,
        evidence=evidence,
        policies=side.policies,
        notices=Delivering(config, store, now),
        people=side.people,
        directories=DirectorySources(config.sites, held, by_name, store, side.review, events),
        timekeeper=side.timekeeper,
        ending=ending,
        revocation=revocation,
        events=events,
        upstreams=upstreams,
        sockets=sockets,
        name=name,
        config=config_files(config),
        exporting=side.exporting,
    )
    return gateway


def _sink(config: Config, store: Store) -> Sink:
    sink = RedisSink(store)
    if config.audit.when_away == "block":
        return sink
    return SpoolingSink(sink, spool_folder(config), config.audit.timeout / 2)


def _unread(recorder: Recorder, connection: Connection, error: GatewayError) -> bytes:
    """Put a request that could not be read on record, and answer it."""
    head = RequestHead(method="", target="", headers=(), host="", peer=connection.peer)
    outcome = Outcome(status=error.status, reason=error.code, detail=error.detail)
    try:
        recorder.note_refusal(head, outcome, site="", rule=error.code)
    except StoreAway:
        _log.warning("refusal.not_recorded", code=error.code, peer=connection.peer)
    return unread(error)
