from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.formats.text import written
from gateway.audit.record import Kind
from tests.audit.formats.samples import AT, a_line, fields, wild_lines


def said(line: bytes) -> str:
    return written(line, fields(line)).decode()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            a_line(),
            "request.outcome ada@example.com -> jonas@nord.example "
            "GET k3f9.crm.example.com:8443/deals/7?view=* 200 read_only hidden: 2 private_notes",
        ),
        (
            a_line(Kind.REQUEST_REFUSED),
            "request.refused ada@example.com -> jonas@nord.example "
            "GET k3f9.crm.example.com:8443/deals/7?view=* refused by read_only 403 read_only "
            "(read_only)",
        ),
        (
            a_line(Kind.SESSION_STARTED),
            'session.started ada@example.com -> jonas@nord.example read_only "Cannot\\nsee a deal"',
        ),
        (
            a_line(Kind.OPERATOR_REFUSED, target="/x"),
            "operator.refused POST /x refused (wrong_password)",
        ),
        (a_line(Kind.AUDIT_LOST), "audit.lost records 3 to 9"),
    ],
)
def test_a_record_is_a_sentence(line: bytes, text: str) -> None:
    assert said(line) == f"{AT} {text}\n"


@pytest.mark.threat(47)
@given(wild_lines())
def test_no_record_moves_the_cursor_or_forges_a_line(line: bytes) -> None:
    text = said(line)
    assert text.endswith("\n")
    assert text[:-1].isprintable()


@given(st.binary(max_size=40))
def test_what_is_no_record_is_said_to_be_none(entry: bytes) -> None:
    text = written(entry, None).decode()
    assert text.startswith("not a record: ")
    assert text[:-1].isprintable()
