"""The table of formats: what rules must speak of, or a body of it is blocked."""

from __future__ import annotations

import pytest

from gateway.redaction.formats import FORMATS, readable
from gateway.redaction.media import Handling
from tests.redaction.support import rule, select


@pytest.mark.threat(31)
@pytest.mark.parametrize("kind", FORMATS)
def test_row_31_a_rule_that_is_silent_about_a_format_vouches_for_none_of_it(kind: Handling) -> None:
    assert readable(kind, frozenset()) == ("pass" if kind == "script" else "block")
    assert readable(kind, frozenset((FORMATS[kind].needs,))) == kind


def test_what_no_format_reads_stays_what_it_is() -> None:
    assert readable("pass", frozenset()) == "pass"
    assert readable("block", frozenset(("json", "html"))) == "block"


def test_a_field_is_hidden_in_json_too() -> None:
    assert select(rule("notes", fields=["note"])).speaks == {"fields", "json"}
    assert select(rule("notes", json=["$..note"])).speaks == {"json"}
