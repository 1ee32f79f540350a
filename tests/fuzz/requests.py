"""Targets on a request's way in: reading, stages, targets, rules, forms and cookies."""

from __future__ import annotations

import re

from gateway.errors import ClientError, Refused
from gateway.listener.request_reader import ClientRequest, RequestReader
from gateway.middleware import READ_REQUEST
from gateway.middleware.check_form import refuse_body_override
from gateway.middleware.draft import Draft
from gateway.middleware.names import fold
from gateway.middleware.origins import Origins
from gateway.middleware.request_to_app import governed_head, pass_through_head
from gateway.model import RequestHead
from gateway.policy.paths import PathPattern
from gateway.policy.requests import method_override
from gateway.site import Place
from gateway.upstream.request_head import NO_BODY, request_bytes
from gateway.wire.grammar import VISIBLE
from gateway.wire.target import TargetCheck
from tests.fuzz.cutting import cut
from tests.listener.reference import Doubt, read_stream
from tests.middleware.support import HOST, IDENTITY, SITE

_ORIGINS = Origins("http", HOST, f"k3f9.{HOST}")
_SUBJECT = ((b"X-Remote-User", b"jonas"), (b"X-Remote-Groups", b"sales"))
_PATTERN = PathPattern("/admin/*/keys/**")
_CHECK = TargetCheck()
_PLACE = Place("site", HOST, SITE)
_ON_THE_WIRE = re.compile(VISIBLE)


def _read(pieces: list[bytes]) -> tuple[list[ClientRequest], bytes, bool]:
    """The requests, their bodies one after the other, and whether all of it was read."""
    reader = RequestReader(2000, peer="192.0.2.1")
    requests, bodies = [], b""
    try:
        for piece in pieces:
            reader.feed(piece)
            while True:
                while not reader.complete and (body := reader.body()):
                    bodies += body
                request = reader.head()
                if request is None:
                    break
                requests.append(request)
    except ClientError:
        return requests, bodies, False
    return requests, bodies, reader.complete and not reader.held


def reading(data: bytes) -> None:
    """A request is read alike in any chunking, and never more leniently than a second reader."""
    whole, pieces = cut(data)
    once, again = _read([whole]), _read(pieces)
    assert once[0] == again[0], "requests depend on the chunking"
    assert once[2] == again[2], "what is whole depends on the chunking"
    if once[2]:
        assert once[1] == again[1], "bodies depend on the chunking"
        try:
            read_stream(whole)
        except Doubt:
            raise AssertionError("what a second reader refuses was accepted") from None


def stages(data: bytes) -> None:
    """The app sees each identity header once, whatever a client sends (law 5)."""
    requests, _, _ = _read(
        [b"GET / HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n" + data + b"\r\n\r\n"]
    )
    managed = {fold(name.encode()) for name in IDENTITY}
    for request in requests:
        draft = Draft(request, _PLACE, SITE, trusted_peer=False)
        try:
            for stage in READ_REQUEST:
                stage(draft)
        except ClientError:
            continue
        head = governed_head(draft, _ORIGINS, _SUBJECT, b"a=jar")
        told = [name for name, _ in head.headers if fold(name) in managed]
        assert sorted(told) == sorted(name for name, _ in _SUBJECT), told
        assert sum(name.lower() == b"cookie" for name, _ in head.headers) == 1
        ordinary = pass_through_head(draft)
        assert not [name for name, _ in ordinary.headers if fold(name) in managed]
        for each in (head, ordinary):
            assert read_stream(request_bytes(each, NO_BODY)) == 1


def targets(data: bytes) -> None:
    """A target that is not refused has no dot segment, and a block rule holds in any spelling."""
    if _ON_THE_WIRE.fullmatch(data) is None:
        return
    target = data.decode("ascii")
    try:
        _CHECK.refuse(target)
    except ClientError:
        return
    path = target.partition("?")[0]
    assert path.startswith("/")
    assert not {".", ".."} & set(path.split("/"))
    if _PATTERN.matches_exactly(path):
        assert _PATTERN.matches_any_spelling(path), "a block is narrower than an allow"
        assert _PATTERN.matches_any_spelling(path.upper())
    method_override(RequestHead(method="GET", target=target, headers=(), host=HOST))


def forms(data: bytes) -> None:
    """A form is refused or read; nothing else happens."""
    kind, _, body = data.partition(b"\n")
    draft = Draft(
        RequestHead(method="POST", target="/", headers=(), host=HOST),
        _PLACE,
        SITE,
        trusted_peer=False,
    )
    draft.fields[b"content-type"] = kind
    try:
        refuse_body_override(draft, body)
    except Refused:
        return
    assert b"_method=" not in body.lower() or not kind.lower().lstrip().startswith(
        b"application/x-www-form"
    )
