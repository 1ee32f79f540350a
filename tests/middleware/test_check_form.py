"""A body must not ask the app to take another method than was decided on (threat row 24)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import Refused
from gateway.middleware.check_form import may_hold_override, refuse_body_override
from gateway.middleware.draft import Draft
from gateway.middleware.strip_headers import strip_headers
from gateway.model import Mode
from gateway.policy.requests import RequestRule, compile_requests
from gateway.site import Site
from tests.middleware.support import SITE, a_draft

FORM = b"application/x-www-form-urlencoded"


NO_DELETE = replace(
    SITE,
    rules=compile_requests(
        [RequestRule(id="no_delete", effect="block", methods=("DELETE",), path="/")]
    ),
)


def draft(kind: bytes, *more: tuple[bytes, bytes], site: Site = SITE) -> Draft:
    made = a_draft(((b"Content-Type", kind), *more) if kind else more, site=site)
    strip_headers(made)
    return made


def refused(kind: bytes, body: bytes, *more: tuple[bytes, bytes]) -> bool:
    try:
        refuse_body_override(draft(kind, *more), body)
    except Refused:
        return True
    return False


@pytest.mark.threat(24)
@pytest.mark.parametrize(
    ("kind", "looked_into"),
    [
        (FORM, True),
        (b"multipart/mixed; boundary=x", True),
        (b"Application/JSON", True),
        (b"text/plain;/json", True),
        (b"text/plain, application/x-www-form-urlencoded", True),
        (b"", True),
        (b"text/plain", False),
        (b"application/octet-stream", False),
    ],
)
def test_row_24_bodies_that_frameworks_read_are_looked_into(kind: bytes, looked_into: bool) -> None:
    assert may_hold_override(draft(kind), Mode.READ_ONLY) is looked_into
    assert not may_hold_override(draft(kind), Mode.READ_WRITE)
    assert may_hold_override(draft(kind, site=NO_DELETE), Mode.READ_WRITE) is looked_into


@pytest.mark.threat(24)
def test_row_24_a_block_of_every_method_needs_no_look() -> None:
    everything = RequestRule(id="all", effect="block", methods=("ANY",), path="/admin/**")
    site = replace(SITE, rules=compile_requests([everything]))
    assert not may_hold_override(draft(FORM, site=site), Mode.READ_WRITE)


@pytest.mark.threat(24)
@pytest.mark.parametrize(
    "body",
    [
        b"_method=delete",
        b"a=b&_METHOD=put",
        b"%5fmethod=delete",
        b"%255Fmethod=delete",
        b"x[_method]=put",
        b".method=put",
        b"note=_method",
        b"%5F%4deth%25256Fd=put",
        b'Content-Disposition: form-data; name="_met\\hod"',
        b"Content-Disposition: form-data; name*0=_met; name*1=hod",
        b'Content-Disposition: form-data; name="=?utf-8?B?X21ldGhvZA==?="',
    ],
)
def test_row_24_a_form_with_the_field_in_any_spelling_is_refused(body: bytes) -> None:
    assert refused(FORM, body)
    assert refused(b"", body)


@pytest.mark.threat(24)
@pytest.mark.parametrize(
    ("body", "no"),
    [
        (b'{"_method": "put"}', True),
        (b'{"\\u005fmethod": "put"}', True),
        (b'{"a": {"_method": "put"}}', False),
        (b'{"method": "card"}', False),
        (b'{"_method": "put"', True),
        (b"[1, 2]", False),
    ],
)
def test_row_24_of_json_the_outermost_names_count(body: bytes, no: bool) -> None:
    assert refused(b"application/json", body) is no
    assert refused(b"text/plain;/json", body) >= no


@pytest.mark.threat(24)
def test_row_24_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(Refused, match="method_override"):
        refuse_body_override(draft(FORM + b"; charset=utf-7"), b"q=1")
    assert refused(FORM, b"q=1", (b"Content-Encoding", b"gzip"))
    assert refused(FORM + b"; charset=utf-16", b"q=1")
    assert not refused(FORM + b"; charset=UTF-8", b"q=1")
    assert not refused(FORM, b"")
    assert not refused(FORM, b"q=1&page=2")
