"""Many words in one piece of memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.people.search.vocabulary import Span, Vocabulary

words_of_any_letters = st.lists(st.text("aböß田𝄞", max_size=4), unique=True).map(sorted)


@given(words_of_any_letters, st.text("aböß田𝄞", max_size=3))
def test_it_gives_what_a_look_at_each_word_gives(words: list[str], text: str) -> None:
    vocabulary = Vocabulary(words)
    assert [vocabulary[n] for n in range(len(vocabulary))] == words

    def numbers(span: Span) -> list[int]:
        return list(range(*span))

    begun = [n for n, word in enumerate(words) if word.startswith(text)]
    assert numbers(vocabulary.beginning(text)) == begun
    assert numbers(vocabulary.equal(text)) == [n for n, word in enumerate(words) if word == text]
    if text:
        some = Span(len(words) // 3, len(words))
        inside = [Span(n, n + 1) for n in range(*some) if text in words[n]]
        assert list(vocabulary.containing(text, some)) == inside
    if begun:
        span = vocabulary.beginning(text)
        assert vocabulary.beginning(text, span) == span
        children = dict(vocabulary.children(span, len(text)))
        assert {letter: numbers(child) for letter, child in children.items()} == {
            letter: [n for n in begun if words[n][len(text) : len(text) + 1] == letter]
            for letter in {words[n][len(text) : len(text) + 1] for n in begun}
        }
        agreed = vocabulary.agreed(span)
        assert len({words[n][:agreed] for n in begun}) == 1
        assert len(begun) == 1 or len({words[n][: agreed + 1] for n in begun}) > 1
