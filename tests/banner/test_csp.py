import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.banner.csp import let_script_in, widen

BASE = "https://k3f9.crm.example.com/_gateway/"
JS = BASE + "bar.js"
CSS = BASE + "bar.css"
SVG = BASE + "bar.svg"
ASK = f"{BASE}session {BASE}session/"


def widened(policy: str) -> str:
    ((_, value),) = widen(
        ((b"Content-Security-Policy", policy.encode()),), bar_base=BASE, nonce="abc"
    )
    return value.decode()


@pytest.mark.threat(39)
@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        # what needs nothing gets nothing, byte for byte
        ("", ""),
        ("font-src 'none' ;  frame-ancestors 'self'", "font-src 'none' ;  frame-ancestors 'self'"),
        ("default-src 'self'", "default-src 'self'"),
        ("default-src *; script-src 'SELF'", "default-src *; script-src 'SELF'"),
        # a list that is a fallback for others is copied, not widened
        (
            "default-src 'none'",
            f"default-src 'none'; script-src-elem {JS}; style-src-elem {CSS}; img-src {SVG}; "
            f"connect-src {ASK}",
        ),
        (
            "script-src 'unsafe-inline' https://cdn.example",
            "script-src 'unsafe-inline' https://cdn.example; "
            f"script-src-elem 'unsafe-inline' https://cdn.example {JS}",
        ),
        # one that is not, takes the source
        (
            "script-src 'self'; script-src-elem 'none'; style-src-elem https://cdn.example",
            f"script-src 'self'; script-src-elem {JS}; style-src-elem https://cdn.example {CSS}",
        ),
        ("script-src-elem", f"script-src-elem {JS}"),
        # a URL says nothing where 'strict-dynamic' stands; a nonce does
        (
            "script-src 'strict-dynamic' 'nonce-x' 'self'",
            "script-src 'strict-dynamic' 'nonce-x' 'self'; "
            "script-src-elem 'strict-dynamic' 'nonce-x' 'self' 'nonce-abc'",
        ),
        # of two directives the first holds
        (
            "style-src-elem 'none'; style-src-elem 'self'",
            f"style-src-elem {CSS}; style-src-elem 'self'",
        ),
        # each policy of a list is asked alone
        (
            "script-src-elem 'none', script-src-elem 'self'",
            f"script-src-elem {JS}, script-src-elem 'self'",
        ),
        # the icon, and what the script asks for
        (
            "img-src data: 'none'; connect-src https://api.example",
            f"img-src data: {SVG}; connect-src https://api.example {ASK}",
        ),
        # scripts of the bar alone
        (
            "sandbox allow-forms; script-src *",
            f"sandbox allow-forms allow-scripts; script-src {JS}; script-src-elem {JS}; "
            "script-src-attr 'none'",
        ),
        ("sandbox allow-scripts", "sandbox allow-scripts"),
    ],
)
def test_threat_39_a_policy_is_widened_by_exactly_what_the_bar_needs(
    policy: str, expected: str
) -> None:
    assert widened(policy) == expected


@pytest.mark.threat(39)
def test_threat_39_every_header_is_widened_and_no_other_is_touched() -> None:
    headers = (
        (b"content-security-policy", b"script-src-elem 'none'"),
        (b"Content-Security-Policy-Report-Only", b"script-src-elem 'none'"),
        (b"Content-Security-Policy", b"script-src-elem 'none'"),
        (b"X", b"script-src-elem 'none'"),
    )

    values = [value.decode() for _, value in widen(headers, bar_base=BASE, nonce="abc")]

    assert values == [
        f"script-src-elem {JS}",
        "script-src-elem 'none'",
        f"script-src-elem {JS}",
        "script-src-elem 'none'",
    ]


WORDS = ["default-src", "script-src", "SCRIPT-SRC-ELEM", "style-src", "sandbox", "allow-scripts"]
WORDS += ["'none'", "'self'", "'strict-dynamic'", "'unsafe-inline'", "https://a", ";", ",", " "]


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_widening_twice_is_widening_once(policy: str) -> None:
    assert widened(widened(policy)) == widened(policy)


ACT = BASE + "act.js"


@pytest.mark.threat(39)
@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", ""),
        ("style-src 'none' ;  img-src 'none'", "style-src 'none' ;  img-src 'none'"),
        ("default-src 'self'", "default-src 'self'"),
        ("default-src 'none'", f"default-src 'none'; script-src-elem {ACT}"),
        ("script-src a.example", f"script-src a.example; script-src-elem a.example {ACT}"),
        ("script-src-elem 'none'", f"script-src-elem {ACT}"),
        (
            "script-src 'strict-dynamic' 'nonce-x'",
            "script-src 'strict-dynamic' 'nonce-x'; "
            "script-src-elem 'strict-dynamic' 'nonce-x' 'nonce-abc'",
        ),
        # what runs no script runs none of ours: an ordinary page is not opened for a button
        ("sandbox; default-src 'none'", "sandbox; default-src 'none'"),
        ("sandbox allow-scripts", "sandbox allow-scripts"),
        (
            "default-src 'none', script-src-elem b.example",
            f"default-src 'none'; script-src-elem {ACT},script-src-elem b.example {ACT}",
        ),
    ],
)
def test_one_script_is_let_in_and_nothing_else(policy: str, expected: str) -> None:
    ours = (b"content-security-policy", policy.encode())
    others = (
        (b"Content-Security-Policy-Report-Only", b"default-src 'none'"),
        (b"X-Frame-Options", b"DENY"),
    )
    assert let_script_in((ours, *others), url=ACT, nonce="abc") == (
        (b"content-security-policy", expected.encode()),
        *others,
    )
