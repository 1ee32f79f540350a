"""Texts for people: all in one catalog, and used in whatever language there is one for."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from hypothesis import given
from hypothesis import strategies as st

from gateway import texts
from gateway.console.pages import Pages
from gateway.console.wording import duration, mode_words
from gateway.model import Mode
from gateway.policy.rights.profiles import Profile
from gateway.sessions.length import refusal
from tests.catalog import FILE, catalog, text_of
from tests.sentences import policy_words, sentences


def test_the_catalog_has_every_text_as_it_is_now() -> None:
    assert FILE.read_text(encoding="utf-8") == text_of(catalog()), "run `make texts`"


def test_without_a_translation_texts_are_english() -> None:
    assert texts.gettext("Sign in") == "Sign in"
    assert texts.language() == "en"


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    words = Catalog(locale="de")
    words.add("look only", "nur ansehen")
    words.add("You have left", "Sie sind wieder Sie selbst")
    words.add("This session cannot start", "Diese Sitzung kann nicht beginnen")
    words.add(
        "A session of a {name} starts for {most} minutes at most.",
        "Höchstens {most} Minuten beginnt eine Sitzung als {name}.",
    )
    words.add(("%(n)d minute", "%(n)d minutes"), ("%(n)d Minute", "%(n)d Minuten"))
    file = BytesIO()
    write_mo(file, words)
    file.seek(0)
    spoken = GNUTranslations(file)
    monkeypatch.setattr(texts, "texts", lambda: spoken)


@pytest.mark.usefixtures("german")
def test_a_translation_is_spoken_by_words_and_pages() -> None:
    assert mode_words(Mode.READ_ONLY) == "nur ansehen"
    assert mode_words(Mode.READ_WRITE) == "look and change"
    assert duration(30 * 60_000) == "30 Minuten"
    values = {"session": None, "back": "/", "place": "the console", "elsewhere": False}
    page = Pages("/_gateway/").respond(
        "left.html", {"home": None, **values}, origin="https://a.example"
    )
    assert isinstance(page.text, str)
    assert '<html lang="de">' in page.text
    assert "<title>Sie sind wieder Sie selbst" in page.text


@pytest.mark.usefixtures("german")
def test_what_was_refused_in_english_is_shown_in_the_operators_language() -> None:
    refused = refusal(Profile(name="Support Agent", lifetime_ms=600_000, idle_ms=60_000), 11)
    assert refused is not None
    assert texts.translated(refused.title) == "Diese Sitzung kann nicht beginnen"
    said = "Höchstens 10 Minuten beginnt eine Sitzung als Support Agent."
    assert texts.translated(refused.detail) == said
    assert texts.translated("Only the night shift may.") == "Only the night shift may."
    assert texts.translated("") == ""
    long = f"A session of a {'x' * 1000} starts for 1 minutes at most."
    assert texts.translated(long) == long


def test_without_a_translation_nothing_is_looked_for() -> None:
    assert texts.translated("This session cannot start") == "This session cannot start"


@pytest.fixture(scope="module")
def marking() -> GNUTranslations:
    """Gives each message in brackets that is in the catalog."""
    words = Catalog(locale="de")
    for message in catalog():
        if isinstance(message.id, str):
            words.add(message.id, f"⟦{message.id}⟧")
    file = BytesIO()
    write_mo(file, words)
    file.seek(0)
    return GNUTranslations(file)


MESSAGES = sorted({each.id for each in catalog() if isinstance(each.id, str) and each.id})


@given(st.sampled_from(MESSAGES), st.lists(st.text("ab {}.\n", max_size=6), min_size=12))
def test_each_sentence_is_found_again_with_any_values_and_none_is_lost(
    marking: GNUTranslations, message: str, values: list[str]
) -> None:
    left = iter(values)
    known: dict[str, str] = {}
    sentence = re.sub(r"\{(\w+)\}", lambda field: known.setdefault(field[1], next(left)), message)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "texts", lambda: marking)
        shown = texts.translated(sentence)
    assert shown.startswith("⟦")
    assert shown.replace("⟦", "").replace("⟧", "") == sentence


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('x = "This cannot be"', ["This cannot be"]),
        ('deny(f"No {self.site.name} here, {len(people)} {name}.")',
         ["No {name} here, {people} {name2}."]),
        ('x = f"{who} is not here."', ["{who} is not here."]),
        ('x = ("Nobody" " may", "Set-Cookie", "Customer Success Manager", "lower case")',
         ["Nobody may"]),
        ('"""This is a docstring."""', []),
        ('assert x, "This must hold."', []),
        ("f\"{'Not said' if x else y}\"", []),
    ],
)  # fmt: skip
def test_sentences_are_found_where_they_are_said(code: str, found: list[str]) -> None:
    assert [text for _, _, text, _ in sentences(BytesIO(code.encode()), (), (), {})] == found


def test_what_shipped_policies_say_is_for_translators_too() -> None:
    policy = rb'@reason("Not \"now\".") @advice("Wait.") forbid (principal, action, resource);'
    found = [text for _, _, text, _ in policy_words(BytesIO(policy), (), (), {})]
    assert found == ['Not "now".', "Wait."]
