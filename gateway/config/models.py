"""The config as a whole. `gateway.config.site` holds what one site says.

A model says what one value may be; what several values must be together is in
`gateway.config.checks`, so that a fault in one place does not hide one in another.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.config.base import Model
from gateway.config.compiled import ReadyPolicy, Reason, TimeZone, WeeklyWindow
from gateway.config.consumers import Consumer, HttpDestination
from gateway.config.notifications import Notifications
from gateway.config.site import Site
from gateway.config.tickets import Ticket
from gateway.config.values import (
    AcrValue,
    AnyPath,
    FilePath,
    Filled,
    FolderPath,
    HeaderName,
    Host,
    HttpsUrl,
    Like,
    Listen,
    Network,
    PageOrigin,
    Seconds,
    Workers,
    default,
)
from gateway.policy.rights.ready import DEFAULT

Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]
"""Signatures only: a shared secret would let whoever checks a token also make one."""


class Console(Model):
    """Where operators sign in, start sessions and see them."""

    host: Host
    """The host of the console's pages and JSON API. No site may have it too."""
    return_to: tuple[PageOrigin, ...] = ()
    """Origins, such as `https://portal.example.com`, to which leaving a session may lead, when
    whoever starts it says so (`return_to`). The console and the site's own hosts are always."""


class Store(Model):
    """Where sessions and the audit stream live."""

    url: Annotated[
        str,
        Like(
            r"embedded|rediss?(\+cluster|\+sentinel)?://\S+|unix:///\S+",
            "a store is embedded, redis://host:port, rediss://host:port, unix:///path, "
            "redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/master",
        ),
        Field(repr=False),
    ] = "embedded"
    """`embedded` starts a server of the gateway's own; else `redis://`, `rediss://` or `unix://`, a
    cluster's nodes (`redis+cluster://host:7000,host:7001`) or sentinels and their master's name
    (`redis+sentinel://host:26379,host:26380/name`); `rediss+cluster://` and `rediss+sentinel://`
    for TLS. May hold a password: `GATEWAY_STORE__URL_FILE` keeps it out of this file."""
    fsync: Literal["always", "everysec"] = "always"
    """Embedded only: when a record is on disk. `everysec` may lose two seconds, when the store
    is killed and when power is lost."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Embedded only: also listen on this port of 127.0.0.1, so that `redis-cli` can read; 0: no."""
    replicas: Annotated[int, Field(ge=0, le=16)] = 0
    """How many replicas must have each write before the gateway counts it as done: 1 makes a
    failover lose nothing that was confirmed. With fewer replicas at hand nothing is confirmed."""


class Audit(Model):
    """How requests are put on record."""

    shards: Annotated[int, Field(ge=1, le=256)] = 1
    """How many streams the records are spread over, by session: `gateway:audit:0` and on. It may be
    raised at any time, and lowered when the last ones hold nothing any more."""
    timeout: Seconds = default("2s")
    """How long a request waits for its record to be durable before it is refused."""
    when_away: Literal["block", "spool"] = "block"
    """While the store is away: `block` refuses what cannot be put on record; `spool` keeps up to
    64 MiB of records for each stream and worker in `spool` in `data_dir`, and writes them when the
    store is back. No session outlives the store's absence for more than some seconds."""
    checkpoint_every: Seconds = default("60s")
    """How often the gateway signs where its records stand, when there are new ones."""
    checkpoints: AnyPath | None = None
    """The folder, outside the store, that keeps the signed checkpoints; else `checkpoints` in
    `data_dir`. Best on a disk that whoever can write to the store cannot write to."""
    checkpoint_webhook: HttpDestination | None = None
    """Where the checkpoints are posted too: to a receiver that nobody here can write to."""
    keep: Seconds | None = None
    """How long records stay in the streams, such as `400d`; left out: for ever."""
    public_keys: tuple[FilePath, ...] = ()
    """The public keys of the other gateways that write to these streams: `audit verify` and
    `keep` need them. The gateway's own is known."""
    consumers: tuple[Consumer, ...] = ()
    """Where `audit forward` delivers the records, each under a name of its own."""


class Policies(Model):
    """Who may act for whom."""

    ready: tuple[ReadyPolicy, ...] = ()
    """Policies that come with the gateway, by name."""
    folder: FolderPath | None = None
    """A folder of `.cedar` files of your own, which count beside them."""


class Profile(Model):
    """A set of permissions that operators have: one of your own, or more about a shipped one."""

    name: Filled
    """Its name, as operators and policies say it."""
    like: Filled | None = None
    """The profile whose permissions its operators have too; what is shipped is like nothing."""
    lifetime: Seconds | None = None
    """When a session of theirs ends, whatever happens in it; else as `sessions` says."""
    idle: Seconds | None = None
    """When a session of theirs ends in which nothing happens; else as `sessions` says."""
    longest: Seconds | None = None
    """How long a session of theirs may last when it is extended; else as `sessions` says."""
    elevation: Seconds | None = None
    """How long a look-only session of theirs may change things; else as `sessions` says."""
    hours: tuple[WeeklyWindow, ...] | None = None
    """When they work, such as `mon-fri 08:00-18:00`; else as `sessions` says."""
    zone: TimeZone | None = None
    """The time zone of their `hours`; else as `sessions` says."""
    networks: tuple[Network, ...] | None = None
    """Where they work from; else as `sessions` says."""


class Approvals(Model):
    """How long second persons have, and how long their word holds."""

    waits: Seconds = default("4h")
    """How long a request for approval waits to be decided."""
    holds: Seconds = default("1h")
    """How long an approval can be used."""


class Sessions(Model):
    """How long an operator may act, and what they must say."""

    lifetime: Seconds = default("30m")
    """When a session ends, whatever happens in it."""
    idle: Seconds = default("10m")
    """When a session ends in which nothing happens."""
    longest: Seconds = default("2h")
    """How long a session may last when its operator extends it, by `lifetime` each time; never less
    than `lifetime`."""
    elevation: Seconds = default("10m")
    """How long a look-only session may change things when its operator asks for it."""
    fresh_for: Seconds = default("5m")
    """How long a sign-in counts as fresh, for policies that ask for it: since the password was
    given, or since the token's `auth_time`."""
    approval: Approvals = Approvals()
    reason_min_length: Annotated[int, Field(ge=1, le=1000)] = 8
    """The fewest characters that count as a reason."""
    reasons: tuple[Reason, ...] = ()
    """The reasons that count, when not any does; alone, or with a colon and more words behind."""
    ticket: Ticket = Ticket()
    hours: tuple[WeeklyWindow, ...] | None = None
    """When operators work, such as `mon-fri 08:00-18:00`, for policies that ask for it."""
    zone: TimeZone = "UTC"
    """The time zone of `hours`, such as `Europe/Berlin`."""
    networks: tuple[Network, ...] | None = None
    """Where operators work from, for policies that ask for it."""


class LocalSignIn(Model):
    """Passwords: a form on the console, against the hashes of the operators."""


class TrustedHeaderSignIn(Model):
    """A proxy in front has signed the operator in and says so in a header."""

    name: HeaderName
    """The header that holds the operator's id."""
    peers: Annotated[tuple[Network, ...], Field(min_length=1)]
    """The only addresses that are believed."""


class JwtSignIn(Model):
    """A signed token says who the operator is. Give `jwks_url` or `jwks_file`, not both."""

    header: HeaderName = "Authorization"
    """The header that holds the token; in `Authorization` it follows the word Bearer."""
    issuer: Filled
    """What the token's `iss` must be."""
    audience: Filled
    """What the token's `aud` must hold."""
    algorithm: Algorithm
    """The one algorithm that the issuer signs with."""
    jwks_url: HttpsUrl | None = None
    """Where the issuer publishes its keys; over HTTPS, except on this machine."""
    jwks_file: FilePath | None = None
    """A file with the issuer's keys."""
    claim: Filled = "sub"
    """The claim that holds the operator's id."""
    acr_values: tuple[AcrValue, ...] = ()
    """What the token's `acr` must be for a sign-in to count as fresh; empty: anything."""


class SignIn(Model):
    """How operators prove who they are: at least one way."""

    local: LocalSignIn | None = None
    """Passwords: `{}` turns it on."""
    trusted_header: TrustedHeaderSignIn | None = None
    """A header that a listed proxy sets."""
    jwt: JwtSignIn | None = None
    """A signed token in a header."""


class Config(Model):
    """The file `gateway.yaml`."""

    listen: Listen = default("127.0.0.1:8080")
    """Where browsers and programs reach the gateway."""
    ops_listen: Listen = default("127.0.0.1:9090")
    """Where /livez, /readyz and /metrics answer; keep it off the public network."""
    workers: Workers = 1
    """How many processes serve `listen`; `auto`: one for each CPU that the gateway may use."""
    public_scheme: Literal["http", "https"] = "https"
    """How browsers reach the gateway: over TLS that ends in front of it, or without."""
    public_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """The port that browsers see; 0: the usual one of `public_scheme`."""
    trusted_peers: tuple[Network, ...] = ()
    """Load balancers and proxies whose `X-Forwarded-*` counts; nobody else's does."""
    data_dir: AnyPath = default("/var/lib/impersonation-gateway")
    """Where the embedded store keeps its files."""
    console: Console
    prefix: Annotated[
        str, Like("/(?:[A-Za-z0-9_~-]+/)+", "a prefix begins and ends with a slash, as /_gateway/")
    ] = "/_gateway/"
    """The path under which the gateway answers itself, on every host; apps never see it."""
    store: Store = Store()
    audit: Audit = Audit()
    sessions: Sessions = Sessions()
    operators: FilePath | None = None
    """A file of people who may sign in, beside those who are kept in the store."""
    sign_in: SignIn
    profiles: tuple[Profile, ...] = ()
    """Profiles of your own, and what those that come with the gateway have of their own."""
    policies: Policies = Policies(ready=DEFAULT)
    """Who may act for whom. Nothing is permitted that none of them permits."""
    notifications: Notifications | None = None
    """How people are told of what happens: by mail, by a webhook, or both."""
    sites: Annotated[tuple[Site, ...], Field(min_length=1)]
    """The apps behind the gateway."""
