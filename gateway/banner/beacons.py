"""Analytics of listed hosts, kept silent in a session's pages: acting must not look like use.

Two halves. What a page's markup loads from a listed host is made inert here while the page streams:
the attribute is emptied, and nothing else changes. What its scripts call is answered by the bar's
own script (`silence.js`) as if it had worked. Neither is a wall: frames without an address of their
own, workers and style sheets can still reach such a host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from gateway.errors import Unreadable
from gateway.model import Frozen
from gateway.policy.path_index import PathIndex
from gateway.policy.paths import PathPattern
from gateway.redaction.html_tokens import Tag, Tokenizer, replace_values

_LOADED: Final = frozenset(("src", "srcset", "imagesrcset", "data", "poster", "ping"))
_LINKED: Final = frozenset(("href", "xlink:href"))
_LINKING: Final = frozenset(("link", "script", "image", "use"))
_LISTS: Final = frozenset(("srcset", "imagesrcset", "ping"))
# As browsers read an address (URL Standard, 4.4): white space goes, a backslash is a slash.
_GONE: Final = re.compile(r"^[\x00-\x20]+|[\t\n\r]")
_ADDRESS: Final = re.compile(r"(?:https?:)?//(?:[^/?#@]*@)?([^/?#:]+)(?::\d*)?([^?#]*)", re.I)


class Beacon(Frozen, frozen=True, kw_only=True):
    """A host that is not the site's own, and which of its paths; without one, all of them."""

    host: str
    path: str = "/**"


class Beacons:
    """The listed hosts of one site.

    Args:
        listed: each with a pattern of `gateway.policy.paths`.
    """

    def __init__(self, listed: Iterable[Beacon]) -> None:
        paths: dict[str, list[PathPattern]] = {}
        for one in listed:
            paths.setdefault(one.host, []).append(PathPattern(one.path))
        self._paths = {
            host: PathIndex((path, True) for path in given) for host, given in paths.items()
        }
        hosts = "|".join(map(re.escape, paths))
        self._anywhere = re.compile(f"(?:{hosts or '(?!)'})|&", re.IGNORECASE)
        self.said = tuple(
            (host, _in_script(path.pattern)) for host, given in paths.items() for path in given
        )
        """Host and regular expression of the path, for the bar's script."""

    def __bool__(self) -> bool:
        return bool(self._paths)

    def hold(self, address: str) -> bool:
        """Say whether an absolute address is a beacon's."""
        found = _ADDRESS.match(_GONE.sub("", address).replace("\\", "/"))
        if found is None:
            return False
        paths = self._paths.get(found[1].lower())
        return paths is not None and bool(paths.find(found[2] or "/"))

    def may_be_in(self, text: str) -> bool:
        """Say whether a start tag's attributes could name one, quickly."""
        return self._anywhere.search(text) is not None


class Silencer:
    """Makes one page's markup silent: `feed` it in pieces of any size, `close` at its clean end.

    Bytes are read as Latin-1: whatever the charset, what is ASCII there is ASCII. A page that
    cannot be cut into tags with certainty goes on as it is from there: this hides nothing.
    """

    def __init__(self, beacons: Beacons) -> None:
        self._page = _Page(beacons)
        self._tokenizer: Tokenizer | None = Tokenizer(self._page)
        self._waiting = ""

    def feed(self, data: bytes) -> bytes:
        """The next piece of the page."""
        return self._run(data.decode("latin-1"), Tokenizer.feed)

    def close(self) -> bytes:
        """The rest."""
        return self._run("", lambda tokenizer, _: tokenizer.close())

    def _run(self, text: str, step: Callable[[Tokenizer, str], None]) -> bytes:
        if self._tokenizer is None:
            return text.encode("latin-1")
        self._waiting += text
        try:
            step(self._tokenizer, text)
        except Unreadable:
            self._tokenizer = None
        leaving, read = self._page.take()
        self._waiting = self._waiting[read:]
        if self._tokenizer is None:
            leaving += self._waiting
        return leaving.encode("latin-1")


class _Page:
    """Reads the tokens of one page (see `html_tokens.Reader`)."""

    def __init__(self, beacons: Beacons) -> None:
        self._beacons = beacons
        self._leaving: list[str] = []
        self._read = 0

    def take(self) -> tuple[str, int]:
        """What may leave, and of how many characters it was made."""
        leaving, read = "".join(self._leaving), self._read
        self._leaving.clear()
        self._read = 0
        return leaving, read

    def text(self, text: str) -> None:
        """Take text, or anything else that loads nothing."""
        self._leaving.append(text)
        self._read += len(text)

    raw = aside = text

    def end(self, tag: Tag) -> None:
        """Take an end tag."""
        self.text(tag.text)

    def start(self, tag: Tag) -> None:
        """Take a start tag."""
        if not self._beacons.may_be_in(tag.attributes):
            self.text(tag.text)
            return
        silent = replace_values(
            tag.attributes, lambda name, value: "" if self._loads(tag.name, name, value) else None
        )
        self._leaving.append(tag.text.replace(tag.attributes, silent, 1))
        self._read += len(tag.text)

    def _loads(self, element: str, name: str, value: str) -> bool:
        if name not in _LOADED and not (name in _LINKED and element in _LINKING):
            return False
        addresses = re.split(r"[\s,]+", value) if name in _LISTS else [value]
        return any(map(self._beacons.hold, addresses))


def _in_script(pattern: str) -> str:
    """A path pattern as a regular expression that Python and JavaScript read alike."""
    parts = {"*": "/[^/]+", "**": "(?:/[^/]*)*"}
    pieces = pattern[1:].split("/")
    return "^" + "".join(parts.get(each, "/" + re.escape(each)) for each in pieces) + "$"
