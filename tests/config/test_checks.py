from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.checks import check
from tests.config.support import faults, read

Change = Callable[[dict[str, Any]], object]


def site(**said: Any) -> Change:
    return lambda config: config["sites"][0].update(said)


def second(**said: Any) -> Change:
    other = {"name": "wiki", "hosts": ["wiki.example.com"]} | said
    return lambda config: config["sites"].append(config["sites"][0] | other)


def consumers(*said: dict[str, Any]) -> Change:
    return lambda config: config.update(audit={"consumers": list(said)})


def ticket(**said: Any) -> Change:
    return lambda config: config.update(sessions={"ticket": said})


def lookup(**said: Any) -> Change:
    return ticket(lookup={"url": "https://desk.example.com/{ticket}"} | said)


def notifications(**said: Any) -> Change:
    return lambda config: config.update(notifications=said)


def mail(**said: Any) -> Change:
    return notifications(mail={"host": "mail.example.com", "from": "a@example.com"} | said)


A_FILE = {"path": "audit.jsonl"}
ENDPOINT = [{"path": "/graphql"}]
NAMES = {"headers": {"X-User": "{subject.id}"}}
QUOTES = {"id": "quotes", "label": "Create a quote", "start": "/quotes", "paths": ["/quotes/**"]}
EVIL = QUOTES | {"start": "//evil.example/quotes", "paths": ["//evil.example/**"]}
JOINED = {"headers": {"X-May": {"value": "{capabilities}", "join": "_"}}}
CASES: list[tuple[Change, str, str]] = [
    (
        site(workflows=[QUOTES, QUOTES | {"start": "/quotes/new?a=b"}]),
        "sites[0].workflows[1].id",
        "another workflow of this site has this id",
    ),
    (
        site(workflows=[QUOTES | {"start": "/deals?to=/quotes"}]),
        "sites[0].workflows[0].start",
        "this is not within the workflow's paths",
    ),
    (
        site(workflows=[EVIL]),
        "sites[0].workflows[0].start",
        "a place to start is a path on the app",
    ),
    (
        site(workflows=[QUOTES | {"paths": ["quotes"]}]),
        "sites[0].workflows[0].paths[0]",
        "path 'quotes' must begin with",
    ),
    (
        site(capabilities={"edit_prices": "Edit prices"}, identity=JOINED),
        "sites[0].identity.headers.X-May.join",
        "a capability holds this in its name",
    ),
    (
        site(identity={"jwt": {"header": "X", "audience": "a", "capabilities_claim": "sub"}}),
        "sites[0].identity.jwt.capabilities_claim",
        "a claim's name has no spaces, and is none",
    ),
    (
        lambda config: config["console"].update(return_to=["https://portal.example.com/a"]),
        "console.return_to[0]",
        "an origin is http://host:port",
    ),
    (notifications(approvals=["a@b.c"]), "notifications", "give mail, webhook, or both"),
    (mail(security="none"), "notifications.mail.security", "without TLS mails go to this machine"),
    (mail(user="gw"), "notifications.mail", "give user and password, or neither"),
    (mail(password="x"), "notifications.mail", "give user and password, or neither"),
    (mail(**{"from": "A <a@b.c>"}), "notifications.mail.from", "an e-mail address is"),
    (
        site(preferences={"notify": [{"to": "a@b.c"}]}),
        "sites[0].preferences.notify",
        "nobody can be told: give notifications",
    ),
    (second(name="crm"), "sites[1].name", "another site has this name"),
    (second(hosts=["x.y", "CRM.example.com"]), "sites[1].hosts[1]", "this host is taken"),
    (site(hosts=["acting.example.com"]), "sites[0].hosts[0]", "this host is taken"),
    (site(hosts=["a.b", "a.b"]), "sites[0].hosts[1]", "this host is taken"),
    (second(hosts=["x.y"], session_hosts="*.crm.example.com"), "sites[1].session_hosts", "another"),
    (
        site(audit=[{"id": "a", "paths": ["/a"]}, {"id": "a", "paths": ["/b"]}]),
        "sites[0].audit[1].id",
        "another rule of this site has this id",
    ),
    (
        site(audit=[{"id": "a", "paths": ["/a"], "query_shown": ["page", "csrf_token"]}]),
        "sites[0].audit[0].query_shown[1]",
        "values under this name may be secrets",
    ),
    (
        site(audit=[{"id": "a", "paths": ["/a"], "hide": ["note", "$.a["]}]),
        "sites[0].audit[0].hide[1]",
        "'$.a[' is not a JSONPath",
    ),
    (
        site(audit=[{"id": "a", "paths": ["/a"], "cap": "257KiB"}]),
        "sites[0].audit[0].cap",
        "should be less than or equal to 262144",
    ),
    (site(hosts=["127.0.0.1"]), "sites[0]", "an address has no names below it"),
    (site(hosts=["x.y"], session_hosts="*.[::1]"), "sites[0]", "an address has no names below it"),
    (site(isolation="cookie", session_hosts="*.a.b"), "sites[0].session_hosts", "sessions have"),
    (site(more_hosts=[{"host": "CRM.example.com"}]), "sites[0].more_hosts[0].host", "this host is"),
    (
        site(isolation="cookie", more_hosts=[{"host": "a.b"}]),
        "sites[0].more_hosts",
        "sessions have",
    ),
    (site(isolation="cookie", map_links=True), "sites[0].map_links", "sessions have"),
    (lambda c: c.update(sign_in={}), "sign_in", "nobody could sign in"),
    (
        lambda c: c.update(sign_in={"jwt": {"issuer": "i", "audience": "a", "algorithm": "RS256"}}),
        "sign_in.jwt",
        "give one of",
    ),
    (site(identity={}), "sites[0].identity", "the app would not know"),
    (
        site(identity={"headers": {"Host": "x"}}),
        "sites[0].identity.headers.Host",
        "header Host ",
    ),
    (
        site(identity={"headers": {"X-User": "{subject.name"}}),
        "sites[0].identity.headers.X-User",
        "'{subject.name': ",
    ),
    (
        site(identity={"headers": {"X-User": {"value": "{subject.id}", "join": ","}}}),
        "sites[0].identity.headers.X-User",
        "only a list",
    ),
    (
        site(identity={"jwt": {"header": "Cookie", "audience": "a"}}),
        "sites[0].identity.jwt.header",
        "header Cookie ",
    ),
    (
        site(identity={"jwt": {"header": "X-Token", "audience": "a", "lifetime": "9s"}}),
        "sites[0].identity.jwt.lifetime",
        "should be greater than or equal to 10",
    ),
    (
        site(identity={"headers": {"X-User": "x", "x_user": "y"}}),
        "sites[0].identity.headers",
        "headers X-User and x_user",
    ),
    (
        site(identity=NAMES | {"jwt": {"header": "x.user", "audience": "a"}}),
        "sites[0].identity.jwt.header",
        "an app may read",
    ),
    (
        site(recognise={"is": "id"}),
        "sites[0].recognise",
        "give header, or path and field",
    ),
    (
        site(
            recognise={"header": "X-User", "path": "/me", "field": "$.id"},
            identity=NAMES | {"trusted_from": ["10.0.0.5/32"]},
        ),
        "sites[0].recognise",
        "give header, or path and field",
    ),
    (site(recognise={"path": "/me"}), "sites[0].recognise", "give header, or path and field"),
    (
        site(recognise={"header": "X-Remote-User"}),
        "sites[0].recognise.header",
        "nobody may set it",
    ),
    (
        site(
            recognise={"header": "X-Other"},
            identity=NAMES | {"trusted_from": ["10.0.0.5/32"]},
        ),
        "sites[0].recognise.header",
        "this is not one of identity.headers",
    ),
    *(
        (site(recognise={"path": path, "field": "$.id"}), "sites[0].recognise.path", "a path")
        for path in ("me", "//me", "/a/../me", "/a/.", "/me#x", "/m e", "http://x/me")
    ),
    (
        site(recognise={"path": "/me", "field": "user.id"}),
        "sites[0].recognise.field",
        "'user.id' is not a JSONPath",
    ),
    (site(identity=NAMES, allow_headers=["X_User"]), "sites[0].allow_headers[0]", "an app may"),
    (site(rules=[{"id": "a", "path": "/a"}]), "sites[0].rules[0]", "give one of allow and block"),
    (site(block=["email", "email"]), "sites[0].block[1]", "this list is named twice"),
    (site(beacons=[{}]), "sites[0].beacons[0]", "give host, path, or both"),
    (
        site(hosts=["own.example.com"], beacons=[{"host": "Own.example.com"}]),
        "sites[0].beacons[0].host",
        "this is the site's own",
    ),
    (
        site(rules=[{"id": "a", "path": "/a", "allow": ["GET"], "block": ["PUT"]}]),
        "sites[0].rules[0]",
        "give one of allow and block",
    ),
    (
        site(rules=[{"id": "a", "path": "/a", "allow": ["CONNECT"]}]),
        "sites[0].rules[0].allow[0]",
        "a method is written in capitals",
    ),
    (
        site(rules=[{"id": "a", "path": "a", "allow": ["GET"]}]),
        "sites[0].rules[0].path",
        "path 'a' must begin with '/'",
    ),
    (
        site(rules=[{"id": "a", "path": "/a", "allow": ["GET"]}] * 2),
        "sites[0].rules[1].id",
        "another rule",
    ),
    (
        site(websockets=[{"id": "a", "path": "/a"}] * 2),
        "sites[0].websockets[1].id",
        "another rule",
    ),
    (
        site(graphql=ENDPOINT, websockets=[{"id": "a", "path": "/graphql", "open": True}]),
        "sites[0].websockets[0].path",
        "this is a graphql endpoint: give graphql",
    ),
    (
        site(graphql=ENDPOINT, websockets=[{"id": "a", "path": "/a", "graphql": "/graph"}]),
        "sites[0].websockets[0].graphql",
        "this is not the path of one",
    ),
    (
        site(
            graphql=ENDPOINT,
            websockets=[{"id": "a", "path": "/a", "graphql": "/graphql", "messages": ["x"]}],
        ),
        "sites[0].websockets[0]",
        "documents decide with graphql",
    ),
    (
        site(categories={"a": "A"}, redaction=[{"id": "a", "category": "b", "html": ["p"]}]),
        "sites[0].redaction[0].category",
        "this is not one",
    ),
    (
        site(categories={"a": "A"}, redaction=[{"id": "a", "category": "a", "json": ["b"]}]),
        "sites[0].redaction[0].json[0]",
        "'b' is not a JSONPath",
    ),
    (
        site(categories={"a": "A"}, redaction=[{"id": "a", "category": "a", "html": [">"]}]),
        "sites[0].redaction[0].html[0]",
        "",
    ),
    (
        site(categories={"a": "A"}, redaction=[{"id": "a", "category": "a", "text": ["/a(/"]}]),
        "sites[0].redaction[0].text[0]",
        "'/a(/' is no pattern",
    ),
    (
        site(categories={"a": "A"}, redaction=[{"id": "a", "category": "a"}]),
        "sites[0].redaction[0]",
        "this hides nothing",
    ),
    (
        consumers({"name": "a", "file": A_FILE}, {"name": "a", "file": A_FILE}),
        "audit.consumers[1].name",
        "another consumer has this name",
    ),
    (consumers({"name": "a"}), "audit.consumers[0]", "give one of http, syslog and file"),
    (
        consumers({"name": "a", "file": A_FILE, "syslog": {"address": "logs:6514"}}),
        "audit.consumers[0]",
        "give one of http, syslog and file",
    ),
    (
        consumers({"name": "a", "syslog": {"address": "logs:0"}}),
        "audit.consumers[0].syslog.address",
        "nobody listens on port 0",
    ),
    (
        consumers({"name": "a", "http": {"url": "http://siem/", "secret_file": "s"}}),
        "audit.consumers[0].http.url",
        "this is an https:// address",
    ),
    (
        consumers({"name": "a", "file": A_FILE, "only": ["session.", "request"]}),
        "audit.consumers[0].only[1]",
        "there is no such kind",
    ),
    (ticket(pattern="CS-[0-9]+"), "sessions.ticket", "give pattern and example"),
    (ticket(pattern="CS-[", example="x"), "sessions.ticket.pattern", "no pattern that RE2 can"),
    (
        lookup(url="http://desk.example.com/{ticket}"),
        "sessions.ticket.lookup.url",
        "this is an https:// address",
    ),
    (
        lookup(url="https://{site}.example.com/{ticket}"),
        "sessions.ticket.lookup.url",
        "this is https://host/path",
    ),
    (lookup(keep="6m"), "sessions.ticket.lookup.keep", "should be less than or equal to 300"),
    (lookup(headers_file="none"), "sessions.ticket.lookup.headers_file", "there is no file"),
    (lookup(require=["open"]), "sessions.ticket.lookup.require[0]", "this is not one of"),
    (
        lookup(conditions={"open": {"at": "$.a"}}),
        "sessions.ticket.lookup.conditions.open",
        "give one of equals and one_of",
    ),
    (
        lookup(conditions={"open": {"at": "a", "equals": "b"}}),
        "sessions.ticket.lookup.conditions.open.at",
        "'a' is not a JSONPath",
    ),
    (
        lookup(conditions={"open": {"at": "$.a", "one_of": ["{user}"]}}),
        "sessions.ticket.lookup.conditions.open.one_of[0]",
        "there is no {user}",
    ),
    (
        lookup(conditions={"open": {"at": "$.a", "equals": 1.5}}),
        "sessions.ticket.lookup.conditions.open.equals",
        "this is text, a whole number",
    ),
    (
        lookup(conditions={"Open": {"at": "$.a", "equals": True}}),
        "sessions.ticket.lookup.conditions.Open",
        "a condition's name is",
    ),
    (
        lambda config: config.update(sessions={"reasons": ["Support", " Billing"]}),
        "sessions.reasons[1]",
        "a reason is one line",
    ),
]


@pytest.mark.parametrize(("change", "key", "message"), CASES)
def test_values_that_do_not_fit_are_told(
    tmp_path: Path, change: Change, key: str, message: str
) -> None:
    told = faults(tmp_path, change)
    assert list(told) == [key]
    assert told[key].startswith(message)


def test_sites_that_fit_are_read(tmp_path: Path) -> None:
    assert len(read(tmp_path, second()).sites) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from(["sites", "console", "sign_in"]))
def test_anything_at_all_can_be_checked(value: object, key: str) -> None:
    list(check(value))
    list(check({key: value, "audit": {"consumers": [value, {"http": value}]}}))
    list(check({"sites": [value, {"identity": value, "redaction": [value], "rules": value}]}))


def test_a_template_and_another_header_of_its_map_are_told_together(tmp_path: Path) -> None:
    told = faults(
        tmp_path, site(identity={"headers": {"X-User": "{subject.nope}", "Host": "{subject.id}"}})
    )
    at = "sites[0].identity.headers"
    assert sorted(told) == [f"{at}.Host", f"{at}.X-User"]


def test_the_embedded_store_has_no_replicas(tmp_path: Path) -> None:
    url = "redis+sentinel://one:26379,two:26379/records"
    assert "store.replicas" in faults(tmp_path, lambda config: config.update(store={"replicas": 1}))
    config = read(tmp_path, lambda config: config.update(store={"replicas": 1, "url": url}))
    assert config.store.url == url
