"""What the app behind every proxy answers, byte for byte."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path

NOTE = b"Thinks of leaving in spring"
ADDRESS = b"@example.org"
"""The values that two rules hide where rules are on."""
VARIED = "/items/"
"""Under it every path answers the JSON."""


class Payload(Enum):
    """One answer of the app: its name in the table, and its path."""

    SMALL = ("2 B", "/a.txt")
    JSON = ("2.3 KB JSON", "/a.json")
    HTML = ("22 KB HTML", "/a.html")
    RULED = ("22 KB HTML with hits", "/ruled.html")

    def __init__(self, label: str, path: str) -> None:
        self.label = label
        self.path = path


def write(folder: Path) -> None:
    """Write the files that the app serves."""
    for payload, body in BODIES.items():
        (folder / payload.path.removeprefix("/")).write_bytes(body)


def _people() -> bytes:
    people = [
        {"id": n, "name": f"Contact {n}", "email": f"c{n}{ADDRESS.decode()}", "stage": "Proposal",
         "amount": 1000 * n, "private_notes": NOTE.decode()}
        for n in range(17)
    ]  # fmt: skip
    return json.dumps({"contacts": people}).encode()


def _page(more: bytes) -> bytes:
    head = b"<!doctype html>\n<html><head><title>Contacts</title></head><body>"
    words = b"<p class=x>Some words of a page.</p>" * 600
    return head + words[: len(words) // 2] + more + words[len(words) // 2 :] + b"</body></html>"


BODIES = {
    Payload.SMALL: b"ok",
    Payload.JSON: _people(),
    Payload.HTML: _page(b""),
    Payload.RULED: _page(b"<p class=n>%b</p><p class=m>c1%b</p>" % (NOTE, ADDRESS) * 8),
}
