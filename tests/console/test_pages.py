"""What every page is sent with, and that templates cannot be injected into."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from gateway.console.pages import Pages, page_headers
from tests.console.visitor import Visitor


def test_the_policy_lets_nothing_in_but_our_own_files() -> None:
    headers = page_headers("https://a.example", "/_gateway/", ["https://*.crm.example"], "origin")
    policy = dict(
        directive.split(" ", 1) for directive in headers["Content-Security-Policy"].split("; ")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "https://a.example/_gateway/assets/",
        "style-src": "https://a.example/_gateway/assets/",
        "img-src": "https://a.example/_gateway/assets/",
        "connect-src": "https://a.example/_gateway/",
        "form-action": "'self' https://*.crm.example",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "console",
    }


@pytest.mark.threat(44)
async def test_threat_44_no_page_can_be_framed_or_kept(ada: Visitor) -> None:
    for path in ("sign-in", "", "start?site=crm&subject=jonas.weber", "nowhere"):
        headers = (await ada.get(f"/_gateway/{path}")).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_no_page_has_script_or_style_of_its_own(ada: Visitor) -> None:
    for path in ("sign-in", "", "start?site=crm&subject=jonas.weber", "nowhere"):
        text = (await ada.get(f"/_gateway/{path}")).text
        assert "<style" not in text
        assert "style=" not in text
        assert "<script>" not in text
        assert "javascript:" not in text


async def test_names_from_a_directory_stay_text(ada: Visitor) -> None:
    page = await ada.get("/_gateway/start?site=crm&subject=root")
    assert "Root &lt;b&gt;O&#39;Brien&lt;/b&gt;" in page.text
    assert "<b>" not in page.text


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        Pages("/_gateway/").respond("leave.html", {}, origin="https://a.example")
