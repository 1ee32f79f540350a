"""What several values must be together.

These read what the file says before the models do, whatever it is, so that they always run and all
faults are told at once. What has the wrong type is passed over here: its model complains of it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gateway.policy.paths import PathPattern
from gateway.yaml_file import Path

Found = Iterator[tuple[Path, str]]
"""Places and what is wrong there."""


def check(config: Any) -> Found:
    """Find every fault between values."""
    for one in _CHECKS:
        yield from one(config)


def _get(value: Any, *path: str) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _items(value: Any, *path: str) -> list[tuple[int, Any]]:
    found = _get(value, *path)
    return list(enumerate(found)) if isinstance(found, list) else []


def _sites(config: Any) -> Iterator[tuple[Path, Any]]:
    for i, site in _items(config, "sites"):
        yield ("sites", i), site


def _repeats(values: Iterable[tuple[Path, Any]], message: str) -> Found:
    seen: set[str] = set()
    for path, value in values:
        if isinstance(value, str):
            if value.lower() in seen:
                yield path, message
            seen.add(value.lower())


def _fold(name: Any) -> str:
    return name.lower().replace("_", "-").replace(".", "-") if isinstance(name, str) else ""


def _replicas_can_be(config: Any) -> Found:
    url = _get(config, "store", "url")
    if _get(config, "store", "replicas") and (url is None or url == "embedded"):
        yield ("store", "replicas"), "the embedded store has no replicas: it would confirm nothing"


def _names_are_unique(config: Any) -> Found:
    yield from _repeats(
        (((*at, "name"), _get(site, "name")) for at, site in _sites(config)),
        "another site has this name",
    )
    for at, site in _sites(config):
        for kind in ("rules", "websockets", "redaction", "audit"):
            yield from _repeats(
                (((*at, kind, i, "id"), _get(rule, "id")) for i, rule in _items(site, kind)),
                "another rule of this site has this id",
            )
        yield from _repeats(
            (((*at, "block", i), name) for i, name in _items(site, "block")),
            "this list is named twice",
        )


def _hosts_are_unique(config: Any) -> Found:
    hosts: list[tuple[Path, Any]] = [(("console", "host"), _get(config, "console", "host"))]
    patterns: list[tuple[Path, Any]] = []
    for at, site in _sites(config):
        hosts += [((*at, "hosts", i), host) for i, host in _items(site, "hosts")]
        hosts += [
            ((*at, "more_hosts", i, "host"), _get(more, "host"))
            for i, more in _items(site, "more_hosts")
        ]
        if _get(site, "isolation") != "cookie":
            patterns.append(((*at, "session_hosts"), _session_hosts(site)))
    yield from _repeats(hosts, "this host is taken")
    yield from _repeats(patterns, "another site has these session hosts")


def _session_hosts_can_be(config: Any) -> Found:
    for at, site in _sites(config):
        if _get(site, "isolation") == "cookie":
            for key in ("session_hosts", "more_hosts", "map_links"):
                if _get(site, key):
                    yield (*at, key), "sessions have hosts only with isolation host"
        elif _is_address(str(_session_hosts(site)).removeprefix("*.")):
            yield at, "an address has no names below it: give session_hosts"


def _session_hosts(site: Any) -> Any:
    first = next((host for _, host in _items(site, "hosts")), None)
    given = _get(site, "session_hosts")
    return f"*.{first}" if given is None and isinstance(first, str) else given


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _sign_in_is_possible(config: Any) -> Found:
    sign_in = _get(config, "sign_in")
    if isinstance(sign_in, dict) and not any(
        _get(sign_in, way) is not None for way in ("local", "trusted_header", "jwt")
    ):
        yield ("sign_in",), "nobody could sign in: give local, trusted_header or jwt"
    jwt = _get(sign_in, "jwt")
    if isinstance(jwt, dict):
        keys = sum(_get(jwt, name) is not None for name in ("jwks_url", "jwks_file"))
        if keys != 1:
            yield ("sign_in", "jwt"), "give one of jwks_url and jwks_file"


def _identity_is_given(config: Any) -> Found:
    for at, site in _sites(config):
        identity = _get(site, "identity")
        if not isinstance(identity, dict):
            continue
        headers = _get(identity, "headers")
        named = list(headers) if isinstance(headers, dict) else []
        token = _get(identity, "jwt", "header")
        if not named and _get(identity, "jwt") is None:
            yield (*at, "identity"), "the app would not know the subject: give headers or jwt"
        taken = set(map(_fold, named))
        if token is not None and _fold(token) in taken:
            yield (*at, "identity", "jwt", "header"), "an app may read this as one of headers"
        taken.add(_fold(token))
        for i, name in _items(site, "allow_headers"):
            if _fold(name) in taken:
                yield (*at, "allow_headers", i), "an app may read this as its identity header"


def _users_are_recognised_one_way(config: Any) -> Found:
    for at, site in _sites(config):
        said = _get(site, "recognise")
        if not isinstance(said, dict):
            continue
        header, path, field = (said.get(key) for key in ("header", "path", "field"))
        if (header is None) == (path is None) or (path is None) != (field is None):
            yield (*at, "recognise"), "give header, or path and field"
        headers = _get(site, "identity", "headers")
        named = {_fold(name) for name in headers} if isinstance(headers, dict) else set()
        if isinstance(header, str) and _fold(header) not in named:
            yield (*at, "recognise", "header"), "this is not one of identity.headers"
        if header is not None and not _get(site, "identity", "trusted_from"):
            yield (*at, "recognise", "header"), "nobody may set it: give identity.trusted_from"


def _rules_say_one_thing(config: Any) -> Found:
    for at, site in _sites(config):
        for i, rule in _items(site, "rules"):
            if isinstance(rule, dict) and ("allow" in rule) == ("block" in rule):
                yield (*at, "rules", i), "give one of allow and block"


def _sockets_say_one_thing(config: Any) -> Found:
    for at, site in _sites(config):
        said = [_get(endpoint, "path") for _, endpoint in _items(site, "graphql")]
        endpoints = [path for path in said if isinstance(path, str)]
        for i, socket in _items(site, "websockets"):
            place, named = (*at, "websockets", i), _get(socket, "graphql")
            if named is None and _get(socket, "path") in endpoints:
                yield (*place, "path"), "this is a graphql endpoint: give graphql, its path"
            if isinstance(named, str) and named not in endpoints:
                yield (*place, "graphql"), "this is not the path of one of the site's graphql"
            if named is not None and (_get(socket, "messages") or _get(socket, "open")):
                yield place, "documents decide with graphql: leave out messages and open"


def _beacons_are_named(config: Any) -> Found:
    for at, site in _sites(config):
        own = {host.lower() for _, host in _items(site, "hosts") if isinstance(host, str)}
        for i, beacon in _items(site, "beacons"):
            host = _get(beacon, "host")
            if isinstance(beacon, dict) and host is None and _get(beacon, "path") is None:
                yield (*at, "beacons", i), "give host, path, or both"
            if isinstance(host, str) and host.lower() in own:
                yield (*at, "beacons", i, "host"), "this is the site's own: leave it out"


def _redaction_fits(config: Any) -> Found:
    for at, site in _sites(config):
        categories = _get(site, "categories")
        for i, rule in _items(site, "redaction"):
            if not isinstance(rule, dict):
                continue
            place = (*at, "redaction", i)
            category = _get(rule, "category")
            if isinstance(category, str) and (
                not isinstance(categories, dict) or category not in categories
            ):
                yield (*place, "category"), "this is not one of the site's categories"
            notations = ("fields", "json", "html", "text", "headers")
            if not any(_get(rule, notation) for notation in notations):
                yield place, "this hides nothing: give fields, json, html, text or headers"


def _workflows_fit(config: Any) -> Found:
    for at, site in _sites(config):
        said = [((*at, "workflows", i), one) for i, one in _items(site, "workflows")]
        yield from _repeats(
            (((*place, "id"), _get(one, "id")) for place, one in said),
            "another workflow of this site has this id",
        )
        for place, one in said:
            start = _get(one, "start")
            paths = [path for _, path in _items(one, "paths") if isinstance(path, str)]
            if isinstance(start, str) and paths and not _is_within(start.partition("?")[0], paths):
                yield (*place, "start"), "this is not within the workflow's paths"


def _is_within(path: str, patterns: Iterable[str]) -> bool:
    try:
        return any(PathPattern(pattern).matches_exactly(path) for pattern in patterns)
    except ValueError:  # its model complains of the pattern
        return True


def _capabilities_can_be_joined(config: Any) -> Found:
    for at, site in _sites(config):
        names, headers = _get(site, "capabilities"), _get(site, "identity", "headers")
        if not isinstance(names, dict) or not isinstance(headers, dict):
            continue
        for header, said in headers.items():
            join = _get(said, "join")
            if _get(said, "value") != "{capabilities}" or not isinstance(join, str):
                continue
            if join.strip() and any(join.strip() in str(name) for name in names):
                place = (*at, "identity", "headers", header, "join")
                yield place, "a capability holds this in its name: the app could not part them"


def _consumers_have_one_destination(config: Any) -> Found:
    said = [(("audit", "consumers", i), one) for i, one in _items(config, "audit", "consumers")]
    yield from _repeats(
        (((*at, "name"), _get(one, "name")) for at, one in said),
        "another consumer has this name",
    )
    for at, one in said:
        given = sum(_get(one, kind) is not None for kind in ("http", "syslog", "file"))
        if isinstance(one, dict) and given != 1:
            yield at, "give one of http, syslog and file"


def _tickets_fit(config: Any) -> Found:
    at, said = ("sessions", "ticket"), _get(config, "sessions", "ticket")
    pattern, example = _get(said, "pattern"), _get(said, "example")
    if isinstance(said, dict) and (pattern is None) != (example is None):
        yield at, "give pattern and example, or neither"
    conditions = _get(said, "lookup", "conditions")
    conditions = conditions if isinstance(conditions, dict) else {}
    for name, one in conditions.items():
        if isinstance(one, dict) and ("equals" in one) == ("one_of" in one):
            yield (*at, "lookup", "conditions", name), "give one of equals and one_of"
    for i, name in _items(said, "lookup", "require"):
        if isinstance(name, str) and name not in conditions:
            yield (*at, "lookup", "require", i), "this is not one of conditions"


_HERE = {"localhost", "127.0.0.1", "[::1]"}


def _people_can_be_told(config: Any) -> Found:
    said = _get(config, "notifications")
    mail = _get(said, "mail")
    at = ("notifications", "mail")
    if isinstance(said, dict) and mail is None and _get(said, "webhook") is None:
        yield ("notifications",), "give mail, webhook, or both"
    if _get(mail, "security") == "none" and _get(mail, "host") not in _HERE:
        yield (*at, "security"), "without TLS mails go to this machine only, such as localhost"
    if isinstance(mail, dict) and bool(mail.get("user")) != bool(mail.get("password")):
        yield at, "give user and password, or neither"
    if said is None:
        for place, site in _sites(config):
            if _get(site, "preferences", "notify"):
                yield (*place, "preferences", "notify"), "nobody can be told: give notifications"


_CHECKS: tuple[Callable[[Any], Found], ...] = (
    _replicas_can_be,
    _names_are_unique,
    _hosts_are_unique,
    _session_hosts_can_be,
    _sign_in_is_possible,
    _identity_is_given,
    _users_are_recognised_one_way,
    _rules_say_one_thing,
    _sockets_say_one_thing,
    _beacons_are_named,
    _redaction_fits,
    _workflows_fit,
    _capabilities_can_be_joined,
    _consumers_have_one_destination,
    _tickets_fit,
    _people_can_be_told,
)
