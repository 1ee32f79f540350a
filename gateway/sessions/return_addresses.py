"""Where leaving a session may lead: to the console, the site itself, or a portal that is listed.

Whoever starts a session says where they came from, often by a link that a third party made. So the
text is taken only where every reader sees the same origin in it, and that is one of a closed list
(threat row 45). What is kept is put together anew from what was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from gateway.errors import Refused

LONGEST: Final = 2000
"""Characters of an address."""
_USUAL: Final = {"http": "80", "https": "443"}
# What may stand in a path, a query and a fragment (RFC 3986, 3.3 to 3.5): nothing that is not
# ASCII, no backslash, no control, encoded or not.
_CHARS: Final = r"[A-Za-z0-9._~!$&'()*+,;=:@/-]|%(?![01]|7[Ff])[0-9A-Fa-f]{2}"
_TAIL: Final = rf"(?P<query>\?(?:{_CHARS}|\?)*)?(?P<fragment>#(?:{_CHARS}|\?)*)?"
_ON_CONSOLE: Final = re.compile(rf"(?P<path>/(?!/)(?:{_CHARS})*){_TAIL}")
_ABSOLUTE: Final = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    rf"(?P<path>(?:/(?:{_CHARS})*)?){_TAIL}"
)


class ReturnAddresses:
    """Reads them.

    Args:
        prefix: the console's first page, as a path on the console.
        console: its origin.
        sites: the origins of each site's own hosts, by its name.
        listed: further origins.
    """

    def __init__(
        self,
        prefix: str,
        console: str,
        sites: Mapping[str, Iterable[str]],
        listed: Iterable[str] = (),
    ) -> None:
        always = frozenset((console, *listed))
        self._prefix = prefix
        self._allowed = {site: always.union(origins) for site, origins in sites.items()}

    def of(self, site: str, text: str) -> str:
        """Give the address to keep: an absolute one, or a path on the console.

        Args:
            site: the name of the site that the session is on.
            text: what was said; empty for the console's first page.

        Raises:
            Refused: 422 `return_to_elsewhere`.
        """
        if not text:
            return self._prefix
        if len(text) > LONGEST:
            raise _elsewhere(f"It has more than {LONGEST} characters.")
        if found := _ON_CONSOLE.fullmatch(text):
            return _rest(found)
        found = _ABSOLUTE.fullmatch(text)
        if found is None:
            raise _elsewhere("It is neither a plain https:// address nor a path on the console.")
        origin = _origin(found)
        if origin not in self._allowed.get(site, frozenset()):
            raise _elsewhere(f"{origin} is not listed.")
        return origin + _rest(found)


def _origin(found: re.Match[str]) -> str:
    """Serialise it as a browser does (RFC 6454, 6.2)."""
    scheme, port = found["scheme"].lower(), found["port"] or ""
    shown = "" if port in ("", _USUAL[scheme]) else f":{port}"
    return f"{scheme}://{found['host'].lower()}{shown}"


def _rest(found: re.Match[str]) -> str:
    return (found["path"] or "/") + (found["query"] or "") + (found["fragment"] or "")


def _elsewhere(why: str) -> Refused:
    return Refused(
        "return_to_elsewhere",
        f"Leaving this session may not lead where return_to says. {why}",
        "Leave it out, or have the address's origin added to return_to of the console's config.",
        status=422,
        title="This session cannot start",
    )
