"""Makes the pictures of the docs from the running demo: `make pictures`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

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


def take(url: str) -> None:
    """Enter the session as a person would, and take the picture of a contact's page."""
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 640})
        page.goto(url)
        page.locator("main button").click()
        page.goto(url.partition("/_gateway/")[0] + "/contacts/1")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / "contact.png")
        browser.close()


def main() -> None:
    """Run the demo for as long as the pictures take."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--listen", "127.0.0.1:0", "--data-dir", folder, "--json"]
        with subprocess.Popen(  # noqa: S603  our own command
            [*COMMAND, *options], stdout=subprocess.PIPE, text=True
        ) as demo:
            try:
                said = json.loads(next(iter(demo.stdout or ())))
                take(enter_url(said["console"], said["operators"][0]["token"]))
            finally:
                demo.terminate()


if __name__ == "__main__":
    main()
