"""What the config says of one app."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from gateway.config.base import Model
from gateway.config.compiled import (
    AccountText,
    ActPath,
    AnswerPath,
    ClaimName,
    HiddenHeader,
    IdentityHeader,
    JsonPath,
    LoadedPath,
    NameOrPath,
    OwnText,
    PathText,
    Selector,
    ShownField,
    StartTarget,
    TextPattern,
)
from gateway.config.notifications import EmailAddress
from gateway.config.values import (
    AppPath,
    Bytes,
    DirectorySource,
    FilePath,
    Filled,
    HeaderName,
    Host,
    HostPattern,
    Method,
    Network,
    OriginUrl,
    Seconds,
    Word,
    default,
)
from gateway.identity.headers import HeaderDriver, HeaderSettings, HeaderValue
from gateway.model import MOST_TOLD
from gateway.policy.block_lists import BlockList
from gateway.policy.report_only import ReportOnly


class Upstream(Model):
    """How the app is reached."""

    url: OriginUrl
    """The app's own address; redirects and proxy settings of the environment are not followed."""
    server_name: Host | None = None
    """The name in the app's certificate, when it is not the host of `url`."""
    ca_file: FilePath | None = None
    """Authorities that may sign the app's certificate, in PEM; else the system's."""
    connect_timeout: Seconds = default("5s")
    """How long a connection may take, TLS included."""
    read_timeout: Seconds = default("60s")
    """How long the app may be silent within an answer; event streams may always."""
    total_timeout: Seconds = default("60s")
    """How long the app may take until its answer begins."""
    max_connections: Annotated[int, Field(ge=1, le=65535)] = 256
    """How many connections one worker opens to the app."""


class HeaderTemplate(Model):
    """A header that tells the app who the subject is. A plain text means `{value: text}`."""

    value: Filled
    """Text with places such as `{subject.id}`; `{subject.groups}` and `{capabilities}` repeat the
    header. Without a workflow there is no header that names `{workflow}`."""
    join: str | None = None
    """Put all groups, or capabilities, into one header, with this between them."""


class IdentityToken(Model):
    """A signed token that tells the app who the subject is (RFC 8693: `sub` and `act`)."""

    header: IdentityHeader
    """The header that holds the token."""
    audience: Filled
    """What the token's `aud` says."""
    lifetime: Annotated[Seconds, Field(ge=10)] = default("60s")
    """How long one token holds; less than 10s would fail on a small difference of clocks."""
    algorithm: Literal["ES256", "RS256", "EdDSA"] = "ES256"
    """How tokens are signed; the keys are published at `/_gateway/jwks.json`."""
    capabilities_claim: ClaimName | None = None
    """The claim that lists the capabilities of the session, always as an array."""


def _as_template(value: Any) -> Any:
    return {"value": value} if isinstance(value, str) else value


def _can_be_filled(template: HeaderTemplate) -> HeaderTemplate:
    value = HeaderValue(value=template.value, join=template.join)
    try:
        HeaderDriver(HeaderSettings(headers={"X": value}))
    except ValueError as fault:
        raise ValueError(str(fault).replace("header X: ", "")) from None
    return template


def _can_be_sent(headers: dict[str, HeaderTemplate]) -> dict[str, HeaderTemplate]:
    HeaderDriver(
        HeaderSettings(
            headers={
                name: HeaderValue(value=each.value, join=each.join)
                for name, each in headers.items()
            }
        )
    )
    return headers


class Identity(Model):
    """How the app is told who the subject is: by headers, by a token, or both."""

    headers: Annotated[
        dict[
            IdentityHeader,
            Annotated[
                HeaderTemplate,
                BeforeValidator(_as_template, str | HeaderTemplate),
                AfterValidator(_can_be_filled),
            ],
        ],
        AfterValidator(_can_be_sent),
    ] = Field(default_factory=dict)
    """Headers by name. No client can send them, under any spelling."""
    jwt: IdentityToken | None = None
    """A signed token."""
    trusted_from: tuple[Network, ...] = ()
    """Proxies that may set these headers for ordinary users; from anybody else they are dropped."""


class RequestRule(Model):
    """Allows or blocks requests of a session by method and path. Give `allow` or `block`."""

    id: Word
    """The name that stands on records and refusals."""
    allow: Annotated[tuple[Method, ...], Field(min_length=1)] | None = None
    """Methods that pass though the mode does not allow them; `ANY`: every known one."""
    block: Annotated[tuple[Method, ...], Field(min_length=1)] | None = None
    """Methods that never pass; `ANY`: every one."""
    path: PathText
    """The path as on the wire; `*` is one segment, `**` any number of them."""


class GraphQL(Model):
    """An endpoint whose requests are decided by their documents: in look-only mode, queries run."""

    path: PathText
    """The path as on the wire, as in request rules."""
    introspection: Literal["refuse", "allow"] = "refuse"
    """Whether operators may read the app's schema; `__typename` always passes."""
    persisted: FilePath | None = None
    """A JSON file of documents by id or SHA-256: the only ones that a request may name."""


class WebSocket(Model):
    """A WebSocket that sessions may open; all others are closed in them."""

    id: Word
    """The name that stands on records."""
    path: PathText
    """The path as on the wire; `*` is one segment, `**` any number of them."""
    messages: tuple[Filled | dict[str, JsonValue], ...] = ()
    """What a client may send: a text, or the exact members of a JSON object, in which the value `*`
    stands for any text, number, true, false or null."""
    open: bool = False
    """Where a session may change things, a client may send anything."""
    graphql: PathText | None = None
    """The path of one of the site's `graphql` endpoints: messages are decided by their documents,
    under its rules, and `messages` and `open` are left out."""


class Beacon(Model):
    """Analytics that sessions do not feed. Give `host`, `path`, or both."""

    host: Host | None = None
    """A host of others: pages of a session load and send nothing there. Without it, the site's."""
    path: PathText | None = None
    """The path there; without it, every one. Of the site's own host it is answered with 204."""


class RedactionRule(Model):
    """Hides values of one category unless a policy reveals it."""

    id: Word
    """The name that stands on records."""
    category: Word
    """One of the site's categories."""
    fields: tuple[Filled, ...] = ()
    """Names that are hidden wherever they stand: in JSON, GraphQL, tables and forms."""
    json_paths: Annotated[tuple[JsonPath, ...], Field(alias="json")] = ()
    """JSONPath queries (RFC 9535)."""
    html_selectors: Annotated[tuple[Selector, ...], Field(alias="html")] = ()
    """CSS selectors."""
    text: tuple[TextPattern, ...] = ()
    """In plain text: `card_number`, `email`, `iban`, `us_ssn`, or a pattern as in `/KD-[0-9]+/`."""
    headers: tuple[HiddenHeader, ...] = ()
    """Response headers. `Set-Cookie`: cookies that scripts could read; only the app gets them."""
    paths: tuple[PathText, ...] = ()
    """Paths that the rule is for, as in request rules; empty: all."""
    action: Literal["remove", "mask", "hash"] = "remove"
    """`remove` leaves nothing, `mask` a sign, `hash` a keyed code, equal for equal values."""


class AuditRule(Model):
    """What goes on record of requests in sessions; the first rule that fits decides."""

    id: Word
    """The name that stands on the records of bodies."""
    paths: Annotated[tuple[PathText, ...], Field(min_length=1)]
    """Paths that the rule is for, as in request rules."""
    methods: tuple[Method, ...] = ()
    """Methods that it is for; empty: all."""
    level: Literal["metadata", "request", "request_response"] = "metadata"
    """`request`: the request's body too; `request_response`: the answer's as well."""
    query_shown: tuple[ShownField, ...] = ()
    """Names of query fields whose values are on record; all others are `*`."""
    hide: tuple[NameOrPath, ...] = ()
    """What is hidden in bodies beside the site's `redaction`: names, wherever they stand, and
    JSONPath queries, which begin with `$`."""
    cap: Annotated[Bytes, Field(le=256 << 10)] = default("16KiB")
    """The most of a body's text that is kept; at most 256KiB."""


class Workflow(Model):
    """A part of the app for which a session may be started; it gets to nothing else then."""

    id: Word
    """Its name in the API, in links and in policies."""
    label: Filled
    """Its name on pages."""
    start: StartTarget
    """Where entering leads: a path within `paths`, with a query or without."""
    paths: Annotated[tuple[PathText, ...], Field(min_length=1)]
    """The paths that it needs, scripts and styles included; as those of an allow rule."""


class ActButton(Model):
    """Where pages of the app show operators a button that leads to a start for one user."""

    path: ActPath
    """The path of pages about one user, as on the wire: `{id}` stands for what says who it is, and
    `*` for any one segment."""
    by: Literal["id", "email"] = "id"
    """What stands at `{id}`: the user's id in the directory, or their e-mail address there."""
    loaded_at: tuple[LoadedPath, ...] = ()
    """The paths of pages from which the app's own script comes to such a page without loading it,
    as single-page apps do: `*` stands for any one segment, and `**` at the end for all below."""
    selector: Selector
    """The element where the button stands; the first that this CSS selector finds."""
    position: Literal["before", "after", "inside_start", "inside_end"] = "after"
    """Where the button stands, seen from that element."""


class FurtherHost(Model):
    """Another host of the same app, such as its API's."""

    host: Host
    """The host that ordinary users' browsers know, and that the app sees in a session."""
    upstream: Upstream | None = None
    """Where it is served, when that is not the site's `upstream`."""


class Recipient(Model):
    """Somebody who is told when a session begins."""

    to: EmailAddress
    """Their e-mail address."""
    about: tuple[Literal["support", "own_admins", "partners", "operators"], ...] = ()
    """Whose sessions: of `support`, the account's `own_admins`, `partners` or all other
    `operators`; left out: everybody's. When somebody breaks the glass they are always told."""


class GroupOperators(Model):
    """Users of the app who are operators, because a group of the directory says so."""

    group: Filled
    """The group. Of several that somebody is in, the first of the list counts."""
    profile: Filled
    """Their profile, such as `Account Admin`; the account that they work for is their own."""


class Preferences(Model):
    """What accounts allow that said nothing themselves, and above which none did."""

    admins_may_act: bool = False
    """Their own admins may act."""
    support_may_act: bool = False
    """Support may act without a ticket of theirs."""
    support_may_see: tuple[Word, ...] = ()
    """The categories that support may see."""
    ask_first: bool = False
    """Nobody acts for a user who has not allowed it."""
    partners: tuple[Filled, ...] = ()
    """The partners whose people may act."""
    notify: Annotated[tuple[Recipient, ...], Field(max_length=MOST_TOLD)] = ()
    """Who is told of sessions; needs `notifications`."""


class Recognise(Model):
    """How ordinary users are known on the site's own hosts, so that they can allow acting on their
    behalf and see who came. Give `header`, or `path` and `field`."""

    header: IdentityHeader | None = None
    """One of the `identity.headers`, in which a proxy of `identity.trusted_from` names the user."""
    path: AppPath | None = None
    """Where the app says who asks, in JSON, such as `/api/me`. It is asked by GET, with the user's
    own Cookie and Authorization; it should change nothing."""
    field: AnswerPath | None = None
    """Where the user stands in that answer, as a JSONPath (RFC 9535), such as `$.user.id`."""
    is_: Annotated[Literal["id", "email"], Field(alias="is")] = "id"
    """What is said: the user's id in the directory, or their e-mail address, which only one user
    has."""


class HouseContact(Model):
    """What the house contact of an account is like. `{account.id}` and `{account.name}` stand for
    the account's."""

    id: OwnText
    """The id by which the app knows it; holds `{account.id}`."""
    name: AccountText = "{account.name} (House Contact)"
    """The name that operators see."""
    email: OwnText
    """Its e-mail address; holds `{account.id}`."""
    groups: tuple[Filled, ...] = ()
    """The groups that it is in."""


class Site(Model):
    """One app behind the gateway."""

    name: Word
    """The site's name in the API, on records and in policies."""
    label: str = ""
    """The site's name on pages; `name` when empty."""
    hosts: Annotated[tuple[Host, ...], Field(min_length=1)]
    """The hosts that ordinary users know; in a session the app sees the first."""
    more_hosts: Annotated[tuple[FurtherHost, ...], Field(max_length=20)] = ()
    """Other hosts of the app, for isolation `host`: in a session each has a host of its own."""
    upstream: Upstream
    isolation: Literal["host", "cookie"] = "host"
    """`host`: each session has a host of its own. `cookie`: where there is no wildcard DNS."""
    session_hosts: HostPattern | None = None
    """With isolation `host`, the hosts of sessions; else `*.` before the first of `hosts`."""
    map_links: bool = False
    """With isolation `host`, map absolute links to the app's hosts inside pages, styles and scripts
    too; else only those in header fields."""
    directory: DirectorySource
    """The app's accounts and users: a YAML file, or a CSV file of users, beside which there may be
    an `accounts.csv`; or `store`, where `users import` puts them."""
    operators: tuple[GroupOperators, ...] = ()
    """Active users who are operators too, under their user's id, by `trusted_header` or `jwt`;
    but for those with whose id or e-mail address somebody is kept as an operator."""
    house_contact: HouseContact | None = None
    """The user that the gateway keeps for each account, for acting on behalf of the account as
    such, where the directory does not name one; else there are only those that it names."""
    preferences: Preferences = Preferences()
    """What accounts allow that said nothing themselves."""
    identity: Identity
    recognise: Recognise | None = None
    """How users are known, for [the page on which they allow acting](users.md)."""
    allow_headers: tuple[HeaderName, ...] = ()
    """Headers with `_` or `.` in their name that the app needs; others of the kind are dropped."""
    allow_target: tuple[Literal["//", "%2f", "%5c", "%3b", "%25", "%3f", "%23"], ...] = ()
    """Spellings in paths that two programs may read differently, and that the app needs."""
    max_body: Bytes = default("1GiB")
    """The largest body of a request."""
    body_timeout: Seconds = default("60s")
    """How long a request's body may stand still; after that long it must bring a KiB a second."""
    max_readable: Bytes = default("8MiB")
    """The largest body, decoded, that redaction holds in memory."""
    large_json: Literal["block", "stream"] = "block"
    """What becomes of larger JSON: blocked, or redacted piece by piece (slower, and cut off where
    it turns out not to be readable)."""
    rules: tuple[RequestRule, ...] = ()
    """Which requests of a session pass. A block goes before the mode, the mode before an allow."""
    graphql: tuple[GraphQL, ...] = ()
    """The app's GraphQL endpoints."""
    websockets: tuple[WebSocket, ...] = ()
    """WebSockets that sessions may open; ordinary users may open all."""
    block: tuple[BlockList, ...] = ()
    """Ready lists of routes that never pass, in any mode: [the lists](#ready-block-lists)."""
    beacons: tuple[Beacon, ...] = ()
    """Analytics that sessions do not feed, so that acting does not look like use."""
    report_only: tuple[ReportOnly, ...] = ()
    """What is not enforced: what it would refuse or hide is on record, and passes."""
    categories: dict[Word, str] = Field(default_factory=dict)
    """Kinds of sensitive data: name and label."""
    capabilities: dict[Word, str] = Field(default_factory=dict)
    """What operators may be given in the app beside what the user may: name and label. Policies say
    who, by `use_capability`; `identity` says how the app is told."""
    act_button: tuple[ActButton, ...] = ()
    """Ways in from the app's own pages, for signed-in operators."""
    workflows: tuple[Workflow, ...] = ()
    """Parts of the app that sessions may be limited to."""
    redaction: tuple[RedactionRule, ...] = ()
    """What is hidden in answers."""
    audit: tuple[AuditRule, ...] = ()
    """What goes on record of requests beyond their [metadata](security.md#levels)."""

    @property
    def session_suffix(self) -> str:
        """The part that all session hosts share, such as `crm.example.com`."""
        return self.session_hosts[2:] if self.session_hosts else self.hosts[0]
