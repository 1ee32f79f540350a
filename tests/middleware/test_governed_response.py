"""What a client in a session gets of a response's header fields."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.errors import UpstreamError
from gateway.middleware.governed_response import GovernedHead, governed_head_of
from gateway.middleware.origins import Origins
from gateway.model import Headers, ResponseHead

ORIGINS = Origins("https", "crm.example.com", "k3f9.crm.example.com")
OURS = ((b"Cache-Control", b"no-store"), (b"X-Content-Type-Options", b"nosniff"))


def head(*headers: tuple[bytes, bytes], status: int = 200) -> ResponseHead:
    return ResponseHead(status=status, reason=b"OK", headers=headers)


def read(*headers: tuple[bytes, bytes]) -> GovernedHead:
    return governed_head_of(head(*headers), ORIGINS)


def governed(*headers: tuple[bytes, bytes]) -> Headers:
    return tuple(field for field in read(*headers).fields if field not in OURS)


def test_the_app_cannot_have_its_types_guessed() -> None:
    assert tuple(read((b"x-content-type-options", b"none")).fields) == OURS


@pytest.mark.parametrize(
    ("said", "mapped"),
    [
        (b"5", b"5"),
        (b"5; url=https://crm.example.com/a", b"5; url=https://k3f9.crm.example.com/a"),
        (b"0;URL='https://crm.example.com/a'", b"0;URL='https://k3f9.crm.example.com/a'"),
        (b'0, https://crm.example.com/a"', b'0, https://k3f9.crm.example.com/a"'),
        (b"0; url=https://other.example/a", b"0; url=https://other.example/a"),
        (b"0; url=/a", b"0; url=/a"),
    ],
)
def test_refresh_stays_in_the_session(said: bytes, mapped: bytes) -> None:
    assert governed((b"Refresh", said)) == ((b"Refresh", mapped),)


@pytest.mark.parametrize(
    ("said", "mapped"),
    [
        (b"</a.css>; rel=preload", b"</a.css>; rel=preload"),
        (
            b"<https://crm.example.com/a>; rel=next, <//crm.example.com/b>",
            b"<https://k3f9.crm.example.com/a>; rel=next, <https://k3f9.crm.example.com/b>",
        ),
        (b"<https://cdn.example/a.js>; rel=preload", b"<https://cdn.example/a.js>; rel=preload"),
        (b'<https://x.example?u=https://crm.example.com/>; title="<a>"',) * 2,
        (b"<https://crm.example.com/a", b"<https://crm.example.com/a"),
        (b"", b""),
    ],
)
def test_links_lead_into_the_session(said: bytes, mapped: bytes) -> None:
    assert governed((b"Link", said)) == ((b"Link", mapped),)


def test_locations_are_mapped_whole_origins_only() -> None:
    for said, mapped in (
        (b"https://crm.example.com/a", b"https://k3f9.crm.example.com/a"),
        (b"//crm.example.com", b"https://k3f9.crm.example.com"),
        (b"https://crm.example.com.evil/a", b"https://crm.example.com.evil/a"),
        (b"/a?next=https://crm.example.com/", b"/a?next=https://crm.example.com/"),
    ):
        assert governed((b"Location", said)) == ((b"Location", mapped),)


@pytest.mark.parametrize(
    ("name", "said", "mapped"),
    [
        (
            b"Timing-Allow-Origin",
            b"https://a.example, https://crm.example.com",
            b"https://a.example, https://k3f9.crm.example.com",
        ),
        (
            b"Permissions-Policy",
            b'geolocation=(self "https://crm.example.com" "https://a.example")',
            b'geolocation=(self "https://k3f9.crm.example.com" "https://a.example")',
        ),
        (b"SourceMap", b"//crm.example.com/a.map", b"https://k3f9.crm.example.com/a.map"),
        (b"Access-Control-Allow-Origin", b"*", b"*"),
        (b"X-Other", b"https://crm.example.com/", b"https://crm.example.com/"),
    ],
)
def test_fields_that_name_origins_name_the_sessions(
    name: bytes, said: bytes, mapped: bytes
) -> None:
    assert governed((name, said)) == ((name, mapped),)


@pytest.mark.parametrize(
    "name", [b"Content-Security-Policy", b"content-security-policy-report-only"]
)
def test_policies_name_the_sessions_hosts(name: bytes) -> None:
    said = b"default-src 'self'; img-src https://crm.example.com/pics/"
    mapped = b"default-src 'self'; img-src https://k3f9.crm.example.com/pics/"
    assert governed((name, said)) == ((name, mapped),)


@pytest.mark.threat(34)
def test_row_34_validators_and_cache_rules_of_the_app_do_not_leave() -> None:
    kept = governed((b"ETag", b"x"), (b"Last-Modified", b"y"), (b"Cache-Control", b"public"))
    assert kept == ()


@pytest.mark.threat(33)
@pytest.mark.parametrize("status", [206, 304])
def test_row_33_parts_and_copies_that_nobody_asked_for_are_refused(status: int) -> None:
    with pytest.raises(UpstreamError):
        governed_head_of(head(status=status), ORIGINS)


def test_fields_named_by_the_apps_connection_stay_behind() -> None:
    fields = ((b"Connection", b"close, X-Hop"), (b"X-Hop", b"1"), (b"X-Stays", b"1"))
    said = replace(head(*fields), of_connection=frozenset((b"x-hop",)))
    assert governed_head_of(said, ORIGINS).fields == [(b"X-Stays", b"1"), *OURS]


def test_what_depends_on_the_body_and_the_cookies_are_told_apart() -> None:
    said = read(
        (b"content-type", b"text/html"),
        (b"Content-Encoding", b"gzip"),
        (b"Content-Encoding", b"br"),
        (b"Set-Cookie", b"a=b"),
        (b"set-cookie", b"c=d"),
    )
    assert said.fields == list(OURS)
    assert (said.content_type, said.coding) == (b"text/html", b"gzip,br")
    assert said.cookies == [b"a=b", b"c=d"]


@pytest.mark.threat(31)
@pytest.mark.parametrize("first", [b"text/html", b""])
def test_row_31_two_content_types_are_refused(first: bytes) -> None:
    with pytest.raises(UpstreamError, match="ambiguous_answer"):
        read((b"Content-Type", first), (b"content-type", b"text/plain"))
