"""Where leaving may lead: never anywhere that is not listed, however it is written."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from gateway.errors import Refused
from gateway.sessions.return_addresses import LONGEST, ReturnAddresses

CONSOLE = "https://acting.example.com"
OWN = ("https://crm.example.com", "https://api.crm.example.com")
PORTAL = "https://portal.example.com"
LOCAL = "http://portal.localhost:8080"
RETURNS = ReturnAddresses(
    "/_gateway/", CONSOLE, {"crm": OWN, "shop": ["https://shop.example.com"]}, [PORTAL, LOCAL]
)
LISTED = {CONSOLE, *OWN, PORTAL, LOCAL}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", "/_gateway/"),
        ("/_gateway/?site=crm", "/_gateway/?site=crm"),
        ("/", "/"),
        (CONSOLE, f"{CONSOLE}/"),
        (f"{PORTAL}/c/7?tab=quotes&x=%2Fa#top", f"{PORTAL}/c/7?tab=quotes&x=%2Fa#top"),
        ("HTTPS://Portal.Example.COM:443", f"{PORTAL}/"),
        (f"{LOCAL}/a//b", f"{LOCAL}/a//b"),
        ("https://crm.example.com/deals?", "https://crm.example.com/deals?"),
        ("https://api.crm.example.com?a=b?c", "https://api.crm.example.com/?a=b?c"),
    ],
)
def test_what_is_listed_is_kept_as_it_was_read(text: str, kept: str) -> None:
    assert RETURNS.of("crm", text) == kept


HOSTILE = (
    *("//evil.example", "///evil.example", "https:evil.example", "https:/evil.example", "\\\\evil"),
    *("/\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example", "\x00/a"),
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "ftp://a/"),
    *("https://evil.example", "https://portal.example.com.evil.example", "https://evil.example#"),
    *(f"{PORTAL}@evil.example", "https://ada:x@portal.example.com", "https://@portal.example.com"),
    *(f"{PORTAL}\\@evil.example", f"{PORTAL}\\.evil.example", f"{PORTAL}%2eevil.example"),
    *("https://portal.example.com.", "https://portal。example.com", "https://ｐortal.example.com"),
    *(
        "https://portal.example.com:8443",
        "http://portal.example.com",
        f"{PORTAL}:0443",
        f"{PORTAL}:",
    ),
    *(
        "https://pörtal.example.com",
        "https://xn--prtal-jua.example.com",
        f"{PORTAL}/ä",
        f"{PORTAL}/ ",
    ),
    *(f" {PORTAL}", f"{PORTAL} ", f"\t{PORTAL}", f"{PORTAL}/\r\nSet-Cookie: a=b", f"{PORTAL}/a\nb"),
    *(f"{PORTAL}/%0d%0a", f"{PORTAL}/%00", f"{PORTAL}/%7f", f"{PORTAL}/%", f"{PORTAL}/%4", "/%0a/"),
    *(
        f"{PORTAL}/a\\b",
        f"{PORTAL}/<x>",
        f'{PORTAL}/"',
        f"{PORTAL}?\u2028",
        f"{PORTAL}#a#b",
        "a",
        "?a",
    ),
    *(
        "https://",
        "https:///portal.example.com",
        "https://?a",
        "portal.example.com",
        "#a",
        "..",
        "./a",
    ),
    *(
        "https://[::1]/",
        "https://shop.example.com/",
        "https://k3f9.crm.example.com/",
        "/" + "a" * LONGEST,
    ),
)


@pytest.mark.threat(45)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:60])
def test_row_45_no_other_address_is_taken(text: str) -> None:
    with pytest.raises(Refused) as refused:
        RETURNS.of("crm", text)
    assert (refused.value.code, refused.value.status) == ("return_to_elsewhere", 422)
    assert "evil" not in refused.value.advice


BITS = st.sampled_from(
    ["https:", "http:", "//", "/", "\\", "@", ":", ":443", "?", "#", ".", "..", "%2f", "%5c", "%40",
     "portal.example.com", "acting.example.com", "evil.example", "portal.localhost:8080", "xn--a",
     "\t", "\n", " ", "\x00", "。", "é", "ada", "_gateway", "javascript:", "[::1]"]
)  # fmt: skip


@pytest.mark.threat(45)
@given(st.one_of(st.lists(BITS, max_size=8).map("".join), st.text(max_size=20)))
@example("https://portal.example.com@evil.example")
def test_row_45_every_reader_sees_a_listed_origin_in_what_is_kept(text: str) -> None:
    try:
        kept = RETURNS.of("crm", text)
    except Refused:
        return
    assert kept.isascii()
    assert kept.isprintable()
    assert not set(kept) & set(" \\<>\"'^`{|}") - {"'"}
    address = kept
    if kept.startswith("/"):
        assert not kept.startswith("//")
        address = CONSOLE + kept
    parts, other = urlsplit(address), URL(address, encoded=True)
    assert f"{parts.scheme}://{parts.netloc}" in LISTED
    assert str(other.origin()) in LISTED
    assert (parts.username, other.user) == (None, None)
    assert RETURNS.of("crm", kept) == kept


def test_an_unknown_site_has_no_addresses_but_the_consoles_own_paths() -> None:
    assert RETURNS.of("gone", "/_gateway/") == "/_gateway/"
    with pytest.raises(Refused):
        RETURNS.of("gone", PORTAL)
