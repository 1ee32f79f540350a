"""What was hidden, in a response header for whoever looks at one answer.

`X-Gateway-Redacted` is a list (RFC 9651, 3.1) of the rules that hit, each a string with the
parameters `category` and `count`: `"notes";category="private_notes";count=3`. Of a body that is
released while it is read nobody knows yet what will be hidden: its rules stand there without a
count.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from gateway.model import Remark
from gateway.redaction.redactor import Tally
from gateway.redaction.rules import Selection

FIELD: Final = b"X-Gateway-Redacted"

_Remarks = tuple[Remark, ...]


@lru_cache(maxsize=1024)
def summary(remarks: _Remarks) -> bytes:
    """The field's value for what was hidden, empty when nothing was."""
    return ", ".join(
        f"{_named(each.rule, each.category)};count={each.count}" for each in remarks
    ).encode()


@lru_cache(maxsize=1024)
def in_force(selection: Selection) -> bytes:
    """The field's value for a body that is still to be read."""
    return ", ".join(_named(rule.id, rule.category) for rule in selection.rules).encode()


def added(first: _Remarks, second: _Remarks) -> _Remarks:
    """What was hidden in two parts of one response."""
    if not first or not second:
        return first or second
    tally = Tally()
    tally.add(first)
    tally.add(second)
    return tally.remarks


def _named(rule: str, category: str) -> str:
    return f'"{rule}";category="{category}"'
