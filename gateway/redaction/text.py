"""Plain text bodies, by patterns.

The whole text is read at once, so that no value is cut in two. Each pattern sees it as it stands
and folded (`gateway.redaction.fold`); where what they find overlaps, all of it is hidden by the
rule that shows the least.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.model import Remark
from gateway.redaction.embedded import MemberGuard
from gateway.redaction.fold import Folded
from gateway.redaction.patterns import unreadable
from gateway.redaction.plain import PlainText
from gateway.redaction.redactor import Tally
from gateway.redaction.rules import Selection


class _Hit(NamedTuple):
    """What a rule found; `rank`: its rule's place in the selection."""

    start: int
    end: int
    rank: int
    spelling: str


def redact_text(
    body: bytes, selection: Selection, charset: str
) -> tuple[bytes, tuple[Remark, ...]]:
    """Hide what the rules' patterns find.

    Args:
        body: the whole decompressed body.
        selection: the rules that apply; all of them have patterns.
        charset: the codec of the text.

    Returns:
        The body to send, and what each rule that hit has hidden.

    Raises:
        Unreadable: it is no text, or carries a JSON member that a rule hides.
    """
    plain = PlainText(charset, unreadable)
    text = plain.read(body, last=True)
    tally = Tally()
    left = []
    at = 0
    for start, end, rank, spelling in _together(_hits(text, selection)):
        rule = selection.rules[rank]
        tally.add([Remark(rule=rule.id, category=rule.category, count=1)])
        left += [text[at:start], plain.stand_in(spelling, rule.action, selection.hash_key)]
        at = end
    leaving = "".join((*left, text[at:]))
    MemberGuard(selection, unreadable).check(leaving)
    return plain.write(leaving), tally.remarks


def _hits(text: str, selection: Selection) -> list[_Hit]:
    folded = Folded(text)
    hits = []
    for rank, rule in enumerate(selection.rules):
        for pattern in rule.patterns:
            hits += [
                _Hit(*folded.span(start, end), rank, spelling)
                for start, end, spelling in pattern.find(folded.text)
            ]
            if not pattern.folded and folded.text != text:
                hits += [
                    _Hit(start, end, rank, spelling) for start, end, spelling in pattern.find(text)
                ]
    return sorted(hits)


def _together(hits: list[_Hit]) -> list[_Hit]:
    """Join what overlaps, under its strongest rule."""
    joined: list[_Hit] = []
    for hit in hits:
        if joined and hit.start < joined[-1].end:
            last = joined[-1]
            winner = min(last, hit, key=lambda each: (each.rank, each.start - each.end))
            joined[-1] = _Hit(last.start, max(last.end, hit.end), winner.rank, winner.spelling)
        else:
            joined.append(hit)
    return joined
