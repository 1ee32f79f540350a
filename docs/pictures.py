"""Makes the pictures of the docs from the running demo: `make pictures`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
IMAGES = Path(__file__).parent / "images"
COMMAND = [str(Path(sys.executable).with_name("impersonation-gateway")), "demo"]


def enter_url(console: str, token: str) -> str:
    """Start a session of Ada's for Jonas Weber, and give the address that enters it."""
    at = urlsplit(console)
    order = {"site": "crm", "subject": "jonas.weber", "mode": "read_only"}
    server = HTTPConnection("127.0.0.1", at.port)  # only browsers know names under localhost
    server.request(
        "POST",
        f"{at.path}api/sessions",
        json.dumps(order | {"reason": "Cannot find his notes"}),
        {"Host": at.netloc, "Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    url: str = json.load(server.getresponse())["enter_url"]
    server.close()
    return url


def take(console: str, url: str) -> None:
    """Do the main job as a person would, and take the pictures on the way."""
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 640})
        page.goto(url)
        page.locator("main button").click()
        app = url.partition("/_gateway/")[0]
        page.goto(f"{app}/contacts/1")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / "contact.png")
        page.goto(f"{app}/deals/1")
        page.locator("[data-gateway-refused]").first.wait_for()
        page.keyboard.press("Alt+Shift+G")
        with page.expect_response("**/_gateway/session"):
            page.keyboard.press("Enter")
        page.mouse.move(0, 0)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / "details.png")
        office(page, console)
        browser.close()


def office(page: Page, console: str) -> None:
    """Take the pictures of the console, signed in as an administrator."""
    page.goto(console)
    page.get_by_label("Name").fill("sam")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{console}start?site=crm&subject=jonas.weber")
    page.get_by_label("Why").fill("Cannot find his notes")
    page.screenshot(path=IMAGES / "start.png")
    page.goto(f"{console}sessions")
    page.get_by_role("link", name="Timeline").first.click()
    page.get_by_role("img", name="Requests over time").wait_for()
    page.screenshot(path=IMAGES / "timeline.png")


def main() -> None:
    """Run the demo for as long as the pictures take."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--listen", "127.0.0.1:0", "--data-dir", folder, "--json"]
        with subprocess.Popen(  # noqa: S603  our own command
            [*COMMAND, *options], stdout=subprocess.PIPE, text=True
        ) as demo:
            try:
                said = json.loads(next(iter(demo.stdout or ())))
                url = enter_url(said["console"], said["operators"][0]["token"])
                take(said["console"], url)
            finally:
                demo.terminate()


if __name__ == "__main__":
    main()
