"""Compile the sites of a config: what requests, responses and sessions need, ready to use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from gateway import config
from gateway.app.directories import load_directory
from gateway.app.directory_sources import template_of
from gateway.audit.bodies.levels import LevelRule, Levels
from gateway.banner.act_places import ActPlaces, act_place, page_source
from gateway.banner.beacons import Beacon, Beacons
from gateway.errors import GatewayError
from gateway.identity.drivers import build_drivers
from gateway.identity.headers import HeaderSettings, HeaderValue
from gateway.identity.jwt import JwtSettings
from gateway.identity.keys import Algorithm, KeyRing
from gateway.middleware.names import HeaderNames
from gateway.middleware.proofs import Proofs
from gateway.model import Preferences, Recipient
from gateway.people.memory import MemoryDirectory
from gateway.policy.graphql import Endpoints, GraphQLRules, compile_graphql
from gateway.policy.graphql_messages import SUBPROTOCOLS, GraphQLMessages
from gateway.policy.messages import ListedMessages
from gateway.policy.paths import PathPattern
from gateway.policy.requests import RequestRule, RequestRules, compile_requests
from gateway.policy.sockets import Socket, Sockets
from gateway.policy.strict_json import strict_json
from gateway.policy.workflows import Workflow, Workflows
from gateway.redaction.rules import RedactionRule, compile_rules
from gateway.site import IdentityDriver, Limits, Peers, Site, upstream_key
from gateway.upstream.client import Upstream
from gateway.upstream.settings import UpstreamSettings
from gateway.wire.target import TargetCheck


def compile_site(
    said: config.Site,
    *,
    issuer: str,
    ring: Callable[[Algorithm], KeyRing],
    redaction_key: bytes,
    proofs: Proofs,
) -> Site:
    """Compile one site.

    Raises:
        GatewayError: `config`, naming the site and what cannot work.
    """
    try:
        drivers = _drivers(said, issuer, ring)
        graphql = Endpoints(map(_graphql, said.graphql))
        return Site(
            name=said.name,
            label=said.label or said.name,
            hosts=said.hosts,
            canonical=said.hosts[0],
            session_suffix=said.session_suffix,
            isolation=said.isolation,
            names=HeaderNames(
                (name for driver in drivers for name in driver.managed),
                said.allow_headers,
                [name for driver in drivers for name in driver.reserved],
            ),
            target=TargetCheck(said.allow_target),
            rules=request_rules_of(said),
            graphql=graphql,
            sockets=Sockets({each.id: _socket(each, graphql) for each in said.websockets}),
            report_only=frozenset(said.report_only),
            beacons=Beacons(
                Beacon(host=one.host, path=one.path or "/**") for one in said.beacons if one.host
            ),
            levels=Levels(map(_level_rule, said.audit)),
            preferences=preferences_of(said),
            redaction=compile_rules(
                (_redaction_rule(rule) for rule in said.redaction), hash_key=redaction_key
            ),
            categories={name: label or name for name, label in said.categories.items()},
            capabilities={name: label or name for name, label in said.capabilities.items()},
            workflows=Workflows(map(_workflow, said.workflows)),
            drivers=drivers,
            directory=_directory(said),
            limits=Limits(
                said.max_body, said.body_timeout, said.max_readable, said.large_json == "stream"
            ),
            trusted=Peers(map(str, said.identity.trusted_from)),
            proofs=proofs,
            more_hosts=tuple(more.host for more in said.more_hosts),
            map_links=said.map_links,
            act_places=ActPlaces(
                (
                    act_place(each.path, each.selector, each.position, each.by)
                    for each in said.act_button
                ),
                (page_source(path) for each in said.act_button for path in each.loaded_at),
            ),
        )
    except (ValueError, OSError) as fault:
        raise GatewayError(
            "config", f"Site {said.name} cannot be served: {fault}.", "Mend the config."
        ) from fault


def _directory(said: config.Site) -> MemoryDirectory:
    """Read a directory; one that is in the store is empty until it is loaded."""
    if said.directory == "store":
        return MemoryDirectory()
    return load_directory(said.directory, template_of(said))


def preferences_of(said: config.Site) -> Preferences:
    """Give what the accounts of a site allow that said nothing."""
    return Preferences(
        admins_may_act=said.preferences.admins_may_act,
        support_may_act=said.preferences.support_may_act,
        support_may_see=said.preferences.support_may_see,
        ask_first=said.preferences.ask_first,
        partners=said.preferences.partners,
        notify=tuple(Recipient(to=one.to, about=one.about) for one in said.preferences.notify),
    )


def request_rules_of(said: config.Site) -> RequestRules:
    """Compile which requests of a site's sessions pass."""
    return compile_requests(
        (*map(_request_rule, said.rules), *map(_graphql_by_post, said.graphql)),
        said.block,
        beacons=[one.path for one in said.beacons if one.path and not one.host],
        report_only="rules" in said.report_only,
    )


def proofs_of(said: config.SignIn) -> Proofs:
    """Say which header fields prove operators."""
    headers = [said.trusted_header.name] if said.trusted_header else []
    if said.jwt is None:
        return Proofs(headers)
    if said.jwt.header.lower() == "authorization":
        return Proofs(headers, said.jwt.issuer)
    return Proofs([*headers, said.jwt.header])


def upstreams_of(sites: Iterable[config.Site]) -> dict[str, Upstream]:
    """Make the client of each site's app, by `upstream_key`; hosts may share one."""
    upstreams: dict[str, Upstream] = {}
    for said in sites:
        main = upstreams[said.name] = Upstream(upstream_settings(said.upstream))
        for number, more in enumerate(said.more_hosts, 1):
            own = Upstream(upstream_settings(more.upstream)) if more.upstream else main
            upstreams[upstream_key(said.name, number)] = own
    return upstreams


def upstream_settings(said: config.Upstream) -> UpstreamSettings:
    """Say where a site's app is."""
    return UpstreamSettings(
        host=said.url.host,
        port=said.url.port,
        tls=said.url.tls,
        server_name=said.server_name,
        ca_file=str(said.ca_file) if said.ca_file else None,
        max_connections=said.max_connections,
        connect_timeout=said.connect_timeout,
        read_timeout=said.read_timeout,
        total_timeout=said.total_timeout,
    )


def _drivers(
    said: config.Site, issuer: str, ring: Callable[[Algorithm], KeyRing]
) -> tuple[IdentityDriver, ...]:
    drivers: tuple[IdentityDriver, ...] = ()
    if said.identity.headers:
        values = {
            name: HeaderValue(value=each.value, join=each.join)
            for name, each in said.identity.headers.items()
        }
        drivers += build_drivers([HeaderSettings(headers=values)], _no_ring)
    token = said.identity.jwt
    if token is not None:
        settings = JwtSettings(
            header=token.header,
            audience=token.audience,
            issuer=issuer,
            lifetime_ms=int(token.lifetime * 1000),
            capabilities_claim=token.capabilities_claim or "",
        )
        algorithm = token.algorithm
        drivers += build_drivers([settings], lambda: ring(algorithm))
    return drivers


def _no_ring() -> KeyRing:
    raise AssertionError("plain headers are not signed")


def _request_rule(said: config.RequestRule) -> RequestRule:
    return RequestRule(
        id=said.id,
        effect="allow" if said.allow else "block",
        methods=said.allow or said.block or (),
        path=said.path,
    )


def _graphql_by_post(said: config.GraphQL) -> RequestRule:
    """Let POST through to an endpoint: its document decides."""
    return RequestRule(id=f"graphql:{said.path}", effect="allow", methods=("POST",), path=said.path)


def _graphql(said: config.GraphQL) -> GraphQLRules:
    return compile_graphql(
        said.path,
        introspection=said.introspection == "allow",
        persisted=_documents(said.persisted) if said.persisted else {},
    )


def _documents(path: Path) -> dict[str, str]:
    try:
        found = strict_json(path.read_text("utf-8"))
    except ValueError as fault:
        raise ValueError(f"{path}: {fault}") from None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise ValueError(f"{path} is not a JSON object of documents")
    return found


def _socket(said: config.WebSocket, endpoints: Iterable[GraphQLRules]) -> Socket:
    path = PathPattern(said.path)
    if said.graphql is None:
        return Socket(path, ListedMessages(said.id, said.messages, opened=said.open))
    rules = next(each for each in endpoints if each.path.pattern == said.graphql)
    return Socket(
        path, None, {name: GraphQLMessages(said.id, rules, name) for name in SUBPROTOCOLS}
    )


def _workflow(said: config.Workflow) -> Workflow:
    return Workflow(name=said.id, label=said.label, start=said.start, paths=said.paths)


def _level_rule(said: config.AuditRule) -> LevelRule:
    return LevelRule(
        id=said.id,
        paths=said.paths,
        methods=said.methods,
        level=said.level,
        query_shown=said.query_shown,
        hide=said.hide,
        cap=said.cap,
    )


def _redaction_rule(said: config.RedactionRule) -> RedactionRule:
    return RedactionRule(
        id=said.id,
        category=said.category,
        fields=said.fields,
        json=said.json_paths,
        html=said.html_selectors,
        text=said.text,
        headers=said.headers,
        paths=said.paths,
        action=said.action,
    )
