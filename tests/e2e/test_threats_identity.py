"""Threat rows 1 to 8: nobody but the gateway says who the user is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.harness import HOST, Running, running, site
from tests.e2e.recorder_app import RecorderApp, http

GET = "GET / HTTP/1.1\r\nHost: {host}\r\n{lines}Connection: close\r\n\r\n"


async def send(gw: Running, *lines: str, host: str = HOST) -> int:
    """Send a GET with header lines as they are; give the status."""
    text = GET.format(host=host, lines="".join(f"{line}\r\n" for line in lines))
    answer = await gw.raw(text.encode("latin-1"))
    return int(answer.split(b" ", 2)[1])


@pytest.mark.threat(1)
@pytest.mark.parametrize(
    "name", ["X_Remote_User", "X.Remote.User", "x-remote_user", "X!Remote-User"]
)
async def test_row_1_an_alias_of_an_identity_header_is_400(
    gw: Running, app: RecorderApp, name: str
) -> None:
    assert await send(gw, f"{name}: admin") == 400
    session = await gw.enter()
    assert await send(gw, f"{name}: admin", f"Cookie: {session.cookie}", host=session.host) == 400
    assert app.seen == []


@pytest.mark.threat(1)
async def test_row_1_other_odd_names_are_dropped_unless_the_site_allows_them(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, allow_headers=["X_Legacy"])) as gw:
        assert await send(gw, "X_Other: a", "X_Legacy: b", "X-Fine: c") == 200
    assert app.seen[0].folded("X-Other") == []
    assert app.seen[0].all("X_Legacy") == [b"b"]
    assert app.seen[0].all("X-Fine") == [b"c"]


@pytest.mark.threat(2)
@pytest.mark.parametrize(
    "lines",
    [
        ("X-Remote-User: admin", "X_Remote_User: admin"),
        ("X_Remote_User: admin", "X-Remote-User: admin"),
    ],
)
async def test_row_2_the_header_with_an_alias_in_either_order_is_400(
    gw: Running, app: RecorderApp, lines: tuple[str, ...]
) -> None:
    assert await send(gw, *lines) == 400
    assert app.seen == []


@pytest.mark.threat(2)
async def test_row_2_exactly_one_identity_arrives(gw: Running, app: RecorderApp) -> None:
    session = await gw.enter()
    assert (
        await send(gw, "X-Remote-User: admin", f"Cookie: {session.cookie}", host=session.host)
        == 200
    )
    assert app.seen[0].folded("X-Remote-User") == [b"jonas"]


@pytest.mark.threat(3)
@pytest.mark.parametrize(
    "name",
    ["X-Remote-User", "Host", "Authorization", "Content-Type", "Origin", "Range", "User-Agent"],
)
async def test_row_3_duplicates_of_identity_and_singletons_are_400(
    gw: Running, app: RecorderApp, name: str
) -> None:
    value = HOST if name == "Host" else "bytes=0-1"
    lines = [f"{name}: {value}", f"{name.lower()}: {value}"]
    assert await send(gw, *(lines[1:] if name == "Host" else lines)) == 400
    assert app.seen == []


@pytest.mark.threat(4)
@pytest.mark.parametrize("line", ["X-Any: DE\xffLETE", "Cookie: sess\xffion=1", "X-Any: \xc0\xae"])
async def test_row_4_values_that_are_not_utf_8_are_400(
    gw: Running, app: RecorderApp, line: str
) -> None:
    assert await send(gw, line) == 400
    assert app.seen == []


@pytest.mark.threat(4)
async def test_row_4_values_that_are_not_utf_8_from_the_app_are_502(
    gw: Running, app: RecorderApp
) -> None:
    app.reply = http(headers=("X-Name: J\xfcrgen",)).replace("ü".encode(), b"\xfc")
    assert await send(gw) == 502


@pytest.mark.threat(5)
async def test_row_5_identity_is_stripped_where_there_is_no_session(
    gw: Running, app: RecorderApp
) -> None:
    assert await send(gw, "X-Remote-User: root", "x-remote-actor: ada") == 200
    assert app.seen[0].folded("X-Remote-User") == []
    assert app.seen[0].folded("X-Remote-Actor") == []


@pytest.mark.threat(5)
async def test_row_5_identity_of_a_listed_peer_passes_for_ordinary_users_only(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    said = site(app.port)
    said["identity"]["trusted_from"] = ["127.0.0.1"]
    async with running(tmp_path, store_url, said) as gw:
        assert await send(gw, "X-Remote-User: priya") == 200
        session = await gw.enter()
        lines = ("X-Remote-User: priya", f"Cookie: {session.cookie}")
        assert await send(gw, *lines, host=session.host) == 200
    assert app.seen[0].folded("X-Remote-User") == [b"priya"]
    assert app.seen[1].folded("X-Remote-User") == [b"jonas"]


@pytest.mark.threat(6)
@pytest.mark.parametrize(
    "tokens", ["close, x-remote-user", "X-Remote-User", "close,\tX-REMOTE-USER"]
)
async def test_row_6_the_clients_connection_cannot_take_our_headers_away(
    gw: Running, app: RecorderApp, tokens: str
) -> None:
    session = await gw.enter()
    lines = (f"Connection: {tokens}", f"Cookie: {session.cookie}")
    assert await send(gw, *lines, host=session.host) == 200
    assert app.seen[0].folded("X-Remote-User") == [b"jonas"]
    assert app.seen[0].all("Connection") == []


@pytest.mark.threat(6)
async def test_row_6_connection_is_applied_to_the_clients_own_headers(
    gw: Running, app: RecorderApp
) -> None:
    assert await send(gw, "Connection: X-Hop", "X-Hop: 1", "X-Stays: 1") == 200
    assert app.seen[0].all("X-Hop") == []
    assert app.seen[0].all("X-Stays") == [b"1"]


@pytest.mark.threat(7)
async def test_row_7_claims_about_the_requests_way_are_dropped_and_set_afresh(
    gw: Running, app: RecorderApp
) -> None:
    claims = (
        "X-Forwarded-For: 6.6.6.6",
        "X-Forwarded-Host: evil",
        "X-Forwarded-Proto: gopher",
        "X-Forwarded-Prefix: /admin",
        "Forwarded: for=6.6.6.6",
        "X-Original-URL: /admin",
        "X-Rewrite-URL: /admin",
        "Script-Name: /admin",
        "X_Forwarded_For: 6.6.6.6",
        "X-Real-IP: 6.6.6.6",
    )
    assert await send(gw, *claims) == 200
    seen = app.seen[0]
    assert seen.folded("X-Forwarded-For") == [b"127.0.0.1"]
    assert seen.folded("X-Forwarded-Host") == [HOST.encode()]
    assert seen.folded("X-Forwarded-Proto") == [b"http"]
    gone = ("Forwarded", "X-Original-URL", "X-Rewrite-URL", "Script-Name", "X-Real-IP")
    for name in (*gone, "X-Forwarded-Prefix"):
        assert seen.folded(name) == []


@pytest.mark.threat(7)
async def test_row_7_a_trusted_peers_forwarded_for_is_kept(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port), trusted_peers=["127.0.0.1"]) as gw:
        assert await send(gw, "X-Forwarded-For: 6.6.6.6") == 200
    assert app.seen[0].all("X-Forwarded-For") == [b"6.6.6.6, 127.0.0.1"]


@pytest.mark.threat(8)
@pytest.mark.parametrize(
    "cookie",
    [
        "__Host-gateway_session=short",
        "__Host-gateway_session=a b" + "c" * 60,
        "__Host-gateway_session={good}; __Host-gateway_session={good}",
        "__host-gateway_session={good}",
        "\u2003__Host-gateway_session={good}",
        '$Version=1; "__Host-gateway_session"={good}',
        "__Host-gateway_session={good}x",
        "__Host-gateway_session=%7Bgood%7D",
        "__Host-gateway_jar=x; __Host-gateway_session={good}",
    ],
)
async def test_row_8_any_doubt_about_the_session_cookie_is_a_no(
    gw: Running, app: RecorderApp, cookie: str
) -> None:
    session = await gw.enter()
    good = session.cookie.partition("=")[2]
    line = "Cookie: " + cookie.replace("{good}", good)
    status = await send(gw, line.encode().decode("latin-1"), host=session.host)
    assert status in (400, 403)
    assert app.seen == []


@pytest.mark.threat(8)
async def test_row_8_the_cookie_header_is_rebuilt_without_ours(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    said = site(app.port, isolation="cookie")
    async with running(tmp_path, store_url, said) as gw:
        session = await gw.enter()
        line = f"Cookie: sessionid=operators-own; {session.cookie}; b=2"
        assert await send(gw, line, host=session.host) == 200
        assert app.seen[0].all("Cookie") == []
        assert await send(gw, "Cookie: sessionid=operators-own") == 200
        assert app.seen[1].all("Cookie") == [b"sessionid=operators-own"]
