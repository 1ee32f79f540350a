"""Folded text, and the way back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.redaction.fold import Folded

TEXTS = st.text(st.sampled_from("ab1 １\u0663\u00ad\u200b\u0301㎏\u2014\u00a0漢ﬃ"), max_size=12)


@given(TEXTS)
def test_a_text_is_folded_character_by_character(raw: str) -> None:
    assert Folded(raw).text == "".join(Folded(each).text for each in raw)


@given(TEXTS, st.integers(0, 40), st.integers(1, 40))
def test_a_part_comes_from_the_shortest_part_that_folds_to_it(
    raw: str, start: int, length: int
) -> None:
    folded = Folded(raw)
    part = folded.text[start : start + length]
    if not part:
        return
    first, last = folded.span(start, start + len(part))
    assert part in Folded(raw[first:last]).text
    assert part not in Folded(raw[first + 1 : last]).text or part in Folded(raw[first + 1 :]).text
    assert Folded(raw[first]).text
    assert Folded(raw[last - 1]).text


def test_what_looks_alike_is_alike() -> None:
    assert Folded("４１\u0661\u0967 1\u20e3\u202f—\u2212\u00adﬁ").text == "4111 1 --fi"
