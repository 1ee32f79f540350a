"""Style sheet, scripts and icon."""

from __future__ import annotations

import hashlib
import re

import pytest

from gateway.console.assets import FOLDER, Assets
from gateway.errors import ClientError
from tests.console.visitor import Visitor


async def test_every_file_a_page_names_is_there_for_anybody(visitor: Visitor) -> None:
    page = await visitor.get("/_gateway/sign-in")
    files = re.findall(r'(?:href|src)="(/_gateway/assets/[^"]+)"', page.text)
    assert files
    for file in files:
        answer = await visitor.get(file)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_they_are_served_on_session_hosts_too(port: str) -> None:
    name = Assets().name("console.css")
    answer = await Visitor(port, "k3f9.crm.localhost").get(f"/_gateway/assets/{name}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


def test_htmx_is_the_file_that_its_authors_published() -> None:
    """`dist/htmx.min.js` of htmx.org 4.0.1 on npm."""
    digest = hashlib.sha256((FOLDER / "htmx.js").read_bytes()).hexdigest()
    assert digest == "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"


def test_all_scripts_of_the_console_have_less_than_60_kilobytes() -> None:
    assert sum(len(file.read_bytes()) for file in FOLDER.glob("*.js")) < 60_000


@pytest.mark.parametrize("name", ["console.css", "..", ".", "services.py", "console-0.css"])
def test_only_the_served_names_exist(name: str) -> None:
    with pytest.raises(ClientError, match="not_found"):
        Assets().respond(name)
