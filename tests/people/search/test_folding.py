"""Names without case, accents and punctuation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.people.search.folding import fold, parts_of, plain, words_of


@pytest.mark.parametrize(
    ("text", "plainly"),
    [
        ("STRAẞE Straße", "strasse strasse"),
        ("Özlem Łukasz Søren Đorđe", "ozlem lukasz soren dorde"),
        ("Æon Œuvre Þór", "aeon oeuvre thor"),
        ("İstanbul ısı", "istanbul isi"),
        ("℡ Ⅳ ﬁ", "tel iv fi"),
        ("Café", "cafe"),
        ("田中 Σοφός", "田中 σοφοσ"),
    ],
)
def test_only_plain_letters_are_left(text: str, plainly: str) -> None:
    assert fold(text) == plainly


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Jonas Weber", ["jonas", "weber"]),
        ("Jean-Luc O’Neil", ["jean", "luc", "o", "neil", "jeanluc", "oneil"]),
        ("  .  _ ", []),
        ("- a_b", ["a", "b", "ab"]),
    ],
)
def test_a_name_is_found_by_its_parts_and_by_them_in_one(text: str, words: list[str]) -> None:
    assert list(words_of(text)) == words


@given(st.text())
def test_plain_letters_stay_what_they_are(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert plain(text) == "".join(parts_of(text))
    assert all(part.isalnum() for part in parts_of(text))
