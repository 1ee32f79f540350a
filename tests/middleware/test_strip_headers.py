"""Headers are sorted in one pass: identity is never the client's, under no spelling."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ClientError
from gateway.middleware.strip_headers import strip_headers
from gateway.model import Headers
from tests.middleware.support import IDENTITY, TRUSTED, a_draft, a_site


def as_cgi(name: bytes) -> bytes:
    """What CGI, WSGI and PHP make of a name."""
    return bytes(c if chr(c).isalnum() and c < 128 else 0x5F for c in name.upper())


@st.composite
def spellings(draw: st.DrawFn) -> bytes:
    """An identity header's name with any case and any separator that some app folds."""
    name = draw(st.sampled_from(IDENTITY))
    separators = st.sampled_from("-_.+!~|^")
    text = "".join(draw(separators) if c == "-" else c for c in name)
    cases = draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    return "".join(
        c.upper() if up else c.lower() for c, up in zip(text, cases, strict=True)
    ).encode()


OTHERS = st.sampled_from(
    [b"Accept", b"User-Agent", b"X-Csrf-Token", b"Connection", b"X_Odd", b"x.odd", b"Cookie"]
)
HEADERS = st.lists(
    st.tuples(spellings() | OTHERS, st.sampled_from([b"admin", b"close, x-remote-user", b"a=1"])),
    max_size=8,
)


@pytest.mark.threat(1)
@given(HEADERS)
def test_row_1_no_spelling_of_an_identity_header_passes(
    headers: Sequence[tuple[bytes, bytes]],
) -> None:
    draft = a_draft(tuple(headers))
    try:
        strip_headers(draft)
    except ClientError:
        return
    managed = {as_cgi(name.encode()) for name in IDENTITY}
    assert not managed & {as_cgi(name) for name, _ in draft.headers}
    assert draft.identity == []
    assert not any(b"_" in name or b"." in name for name, _ in draft.headers)


@pytest.mark.threat(1)
@given(spellings())
def test_row_1_an_alias_is_refused_and_the_name_itself_is_dropped(name: bytes) -> None:
    draft = a_draft(((name, b"admin"),))
    if name.lower().decode() in {each.lower() for each in IDENTITY}:
        strip_headers(draft)
        assert draft.headers == []
    else:
        with pytest.raises(ClientError, match="another spelling"):
            strip_headers(draft)


@given(st.lists(st.sampled_from([b"Accept", b"X-A", b"x-b", b"DNT"]), max_size=6))
def test_what_passes_keeps_order_case_and_bytes(names: list[bytes]) -> None:
    headers = tuple((name, b"v%d" % n) for n, name in enumerate(names))
    draft = a_draft(headers)
    strip_headers(draft)
    assert tuple(draft.headers) == headers


@pytest.mark.threat(3)
@pytest.mark.parametrize(
    "name", [b"Host", b"Content-Length", b"Content-Type", b"Authorization", b"X-Remote-User"]
)
def test_row_3_a_singleton_twice_is_refused(name: bytes) -> None:
    with pytest.raises(ClientError, match="stands twice"):
        strip_headers(a_draft(((name, b"1"), (name.lower(), b"2"))))


@pytest.mark.threat(4)
def test_row_4_a_value_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(ClientError, match="not UTF-8"):
        strip_headers(a_draft(((b"X-A", b"DE\xffLETE"),)))
    draft = a_draft(((b"X-A", "Jürgen".encode()),))
    strip_headers(draft)
    assert draft.headers == [(b"X-A", "Jürgen".encode())]


@pytest.mark.threat(5)
def test_row_5_a_listed_peer_sets_identity_for_an_ordinary_user() -> None:
    site = a_site(trusted=[TRUSTED])
    headers: Headers = ((b"X-Remote-User", b"jonas"),)
    for peer, kept in ((TRUSTED, [*headers]), ("10.0.0.6", [])):
        draft = a_draft(headers, site=site, peer=peer)
        strip_headers(draft)
        assert draft.identity == kept
        assert draft.headers == []


@pytest.mark.threat(6)
@given(st.sampled_from([b"X-Hop", b"x-hop", b"X-HOP"]), st.sampled_from([b"x-hop", b" X-Hop\t"]))
def test_row_6_connection_takes_the_clients_own_headers_away(name: bytes, token: bytes) -> None:
    draft = a_draft(((name, b"1"), (b"X-Stays", b"2"), (b"Connection", b"close, " + token)))
    strip_headers(draft)
    assert draft.headers == [(b"X-Stays", b"2")]


@pytest.mark.threat(7)
@pytest.mark.parametrize(
    "name",
    [b"Forwarded", b"X-Forwarded-Host", b"X-Original-URL", b"X-Rewrite-URL", b"Script-Name"],
)
def test_row_7_claims_about_the_way_are_dropped(name: bytes) -> None:
    draft = a_draft(((name, b"/admin"),))
    strip_headers(draft)
    assert draft.headers == []


@pytest.mark.threat(1)
def test_an_odd_name_passes_where_the_site_allows_it() -> None:
    draft = a_draft(((b"X_Legacy", b"1"), (b"X.Other", b"2")), site=a_site(allowed=["x_legacy"]))
    strip_headers(draft)
    assert draft.headers == [(b"X_Legacy", b"1")]


@pytest.mark.threat(20)
def test_row_20_expect_is_read_and_never_forwarded() -> None:
    draft = a_draft(((b"Expect", b"100-Continue"),))
    strip_headers(draft)
    assert draft.expects_continue
    assert draft.headers == []
    with pytest.raises(ClientError) as fault:
        strip_headers(a_draft(((b"Expect", b"x"),)))
    assert fault.value.status == 417


@pytest.mark.threat(24)
@pytest.mark.parametrize(
    "name", [b"X-HTTP-Method-Override", b"x_http_method", b"X-Method.Override"]
)
def test_row_24_an_override_is_noticed_in_any_spelling(name: bytes) -> None:
    draft = a_draft(((name, b"DELETE"),))
    strip_headers(draft)
    assert draft.overrides_method


@pytest.mark.threat(1, 5)
def test_row_5_what_a_session_gives_is_nobodys_to_say_not_even_a_listed_peers() -> None:
    site = a_site(trusted=[TRUSTED], reserved=["X-May"])
    headers = ((b"X-Remote-User", b"priya"), (b"x-may", b"edit_prices"), (b"X-Other", b"1"))
    draft = a_draft(headers, site=site, peer=TRUSTED)
    strip_headers(draft)
    assert draft.identity == [(b"X-Remote-User", b"priya")]
    assert draft.headers == [(b"X-Other", b"1")]
    for odd in (b"X_May", b"x.may", b"X!May"):
        with pytest.raises(ClientError):
            strip_headers(a_draft(((odd, b"edit_prices"),), site=site, peer=TRUSTED))
    with pytest.raises(ClientError):
        strip_headers(a_draft(((b"X-May", b"a"), (b"x-may", b"b")), site=site))
