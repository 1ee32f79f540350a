"""Texts for people: all in one catalog, and used in whatever language there is one for."""

from __future__ import annotations

from gettext import GNUTranslations
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from gateway import texts
from gateway.console.pages import Pages
from gateway.console.wording import duration, mode_words
from gateway.model import Mode
from tests.catalog import FILE, catalog, text_of


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
