"""Links in pages: where they stand, and where nothing is touched."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.redaction.html_tokens import MAX_WAITING
from tests.middleware.links.support import mapped, page

APP, OWN = "https://crm.example.com/a", "https://k3f9.crm.example.com/a"
PLAIN = "<plaintext><a href='{}'>"
MAPPED = [
    '<a href="{}">',
    "<a href={}>",
    "<A\nHREF = '  {}'>",
    '<img src="{}" srcset="{} 1x, /b 2x,{},c 3x, {},, {}," alt=x>',
    '<link imagesrcset="{}, {} 2x">',
    "<form action={}><button formaction={}><input type=image src={}>",
    '<video poster="{}"><object data="{}"><q cite="{}"><base href="{}">',
    '<a ping="/x {} {}" background="{}"><html manifest="{}">',
    "<p style=\"background:url('{}') , url({})\">",
    "<p style='background:url(&quot;{}&quot;)'>",
    '<meta http-equiv="Refresh" content="0; url={}">',
    "<meta content=\"0;URL='{}'\" http-equiv=refresh>",
    '<meta http-equiv=Content-Security-Policy content="img-src {}">',
    '<script>let a = "{}", b = `{}`</script>',
    "<style>@import url({}); p { src: '{}' }</style>",
    "<svg><use xlink:href='{}'/></svg>",
]
KEPT = [
    '<input value="{}">',
    "<p>{}</p>",
    '<textarea>"{}" <a href="{}"></textarea>',
    "<title><a href='{}'></title>",
    '<!-- <a href="{}"> -->',
    '<!x "{}"><?x "{}">',
    '<a title="{}" data-url="{}" srcdoc="{}">',
    '<meta name=api content="{}">',
    "</a href='{}'>",
    '<a href="/go?to={}" ping="x,{}" srcset="/a?{} 1x">',
    '<script>// {}\nx = "/go?{}"</script>',
    PLAIN,
    '<a href="{}',
]


def naming(form: str, address: str) -> str:
    return form.replace("{}", address)


@pytest.mark.parametrize("form", MAPPED)
def test_links_are_mapped_where_a_browser_follows_them(form: str) -> None:
    assert page(naming(form, APP)) == naming(form, OWN)


@pytest.mark.parametrize("form", KEPT)
def test_what_the_app_wrote_elsewhere_stays_as_it_was(form: str) -> None:
    assert page(naming(form, APP)) == naming(form, APP)


@pytest.mark.parametrize(
    ("said", "mapped_"),
    [
        ("//api.example.org", "//k3f9-1.crm.example.com"),
        ("wss://api.example.org:443/s", "wss://k3f9-1.crm.example.com/s"),
        ("http://CRM.example.com?a", "https://k3f9.crm.example.com?a"),
        (
            "https:&#x2F;&#x2F;crm.example.com&#x2F;a",
            "https:&#x2F;&#x2F;k3f9.crm.example.com&#x2F;a",
        ),
        ("https://crm.example.com.evil/", "https://crm.example.com.evil/"),
        ("https://crm.example.com&#46;evil/", "https://crm.example.com&#46;evil/"),
        ("https://crm.example.com@evil/", "https://crm.example.com@evil/"),
        ("https://crm.example.com:8443/", "https://crm.example.com:8443/"),
        ("https://crm.example.com:443@evil/", "https://crm.example.com:443@evil/"),
        ("xhttps://crm.example.com/", "xhttps://crm.example.com/"),
    ],
)
def test_only_the_apps_own_hosts_are_mapped(said: str, mapped_: str) -> None:
    assert page(f'<a href="{said}">') == f'<a href="{mapped_}">'


def test_a_policy_in_a_page_is_read_as_html_reads_it() -> None:
    said = "<meta http-equiv='content-security-policy' content='a &#39;self&#39; crm.example.com'>"
    assert page(said) == said.replace("crm.", "k3f9.crm.")
    said = '<meta http-equiv=refresh content="0;url=https://crm.example.com/?é=&hellip;">'
    assert page(said) == said.replace("crm.", "k3f9.crm.")


def test_what_only_looks_like_a_tag_hides_no_link_behind_it() -> None:
    for begun in ("<é ", "< ", "<1 ", "</ >", "<", "<!>", "<![CDATA[>"):
        assert page(f'{begun}<a href="{APP}">') == f'{begun}<a href="{OWN}">'


def test_what_never_ends_is_held_no_longer_than_a_tag_may_be() -> None:
    begun = b"<a title='" + b"x" * MAX_WAITING + b"' href='" + APP.encode() + b"'>"
    link = b"<a href='" + APP.encode() + b"'>"
    for cuts in ([], list(range(0, len(begun), 1 << 20))):
        assert (
            mapped("markup", link + begun + link, cuts)
            == link.replace(APP.encode(), OWN.encode()) + begun + link
        )


PIECES = st.sampled_from(
    [naming(form, APP) for form in ("{}", *MAPPED, *KEPT) if form != PLAIN]
    + ["<", ">", '"', "'", "=", " ", "</script>", "<!--", "-->", "é\xff", "//crm.example.com"]
)


@given(st.lists(PIECES, max_size=8), st.lists(st.integers(0, 2000), min_size=1, max_size=8))
@example(["<script>", '"', APP, '"'], [1])
def test_any_cut_gives_the_same_page(pieces: list[str], cuts: list[int]) -> None:
    body = "".join(pieces).encode("latin-1")
    whole = mapped("markup", body, [])
    assert mapped("markup", body, cuts) == whole
    assert whole.replace(b"k3f9.", b"") == body


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), min_size=1, max_size=4))
def test_a_page_that_names_no_host_of_the_app_keeps_every_byte(
    body: bytes, cuts: list[int]
) -> None:
    assert mapped("markup", body, cuts) == body
