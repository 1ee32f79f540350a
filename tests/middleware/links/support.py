"""One session of an app with two hosts, and texts that name them."""

from __future__ import annotations

from itertools import pairwise

from gateway.middleware.links.mapper import Kind, LinkMapper
from gateway.middleware.origins import Origins

APP, API = "crm.example.com", "api.example.org"
OWN, OWN_API = "k3f9.crm.example.com", "k3f9-1.crm.example.com"
ORIGINS = Origins("https", APP, OWN, [(API, OWN_API)])


def mapped(kind: Kind, body: bytes, cuts: list[int] | None = None) -> bytes:
    """Send a body through, cut at these places; without any, byte by byte."""
    mapper = LinkMapper(kind, ORIGINS)
    inner = range(len(body)) if cuts is None else [cut % (len(body) + 1) for cut in cuts]
    places = sorted({0, len(body), *inner})
    pieces = [body[start:end] for start, end in pairwise(places)]
    return b"".join(map(mapper.feed, pieces)) + mapper.close()


def page(text: str) -> str:
    """Map a page in one piece, and see that cutting it makes no difference."""
    whole = mapped("markup", text.encode(), [])
    assert mapped("markup", text.encode()) == whole
    return whole.decode()
