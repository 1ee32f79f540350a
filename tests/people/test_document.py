"""Reading lists of entries: strict, as written, every fault with its line."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.people.document import Document, Fields, PeopleError

KNOWN = ("id", "name", "groups", "fine")


def entry(text: str) -> tuple[Document, Fields]:
    document = Document("people.yaml", text)
    return document, document.fields(document.root, (), KNOWN)


def faults(document: Document) -> list[str]:
    with pytest.raises(PeopleError) as error:
        document.finish()
    return [str(fault) for fault in error.value.faults]


def test_values_are_taken_as_written() -> None:
    document, fields = entry("id: 007\nname: No\ngroups: [1_000, yes, 'a b']\nfine: true")
    assert fields.text("id") == "007"
    assert fields.text("name") == "No"
    assert fields.texts("groups") == ("1_000", "yes", "a b")
    assert fields.flag("fine")
    document.finish()


def test_optional_values_may_be_missing_or_null() -> None:
    document, fields = entry("id: ~\ngroups: ~")
    assert fields.optional_text("id") is None
    assert fields.texts("groups") == ()
    assert not fields.flag("fine")
    document.finish()


def test_every_fault_has_its_line_and_key() -> None:
    document, fields = entry("nmae: a\nid: x\nid: y\ngroups: a\nfine: maybe")
    fields.text("name")
    fields.texts("groups")
    fields.flag("fine")
    assert faults(document) == [
        "people.yaml:1: nmae: there is no such key (did you mean name?)",
        "people.yaml:1: name: is missing",
        "people.yaml:3: id: this key is there twice",
        "people.yaml:4: groups: must be a list",
        "people.yaml:5: fine: must be true or false",
    ]


@pytest.mark.parametrize(
    "value",
    ["''", "' a'", "'a '", '"a\\nb"', '"a\\0b"', '"a\\u2028b"', "[a]", "{a: b}", "a" * 257, "~"],
)
def test_a_text_is_visible_and_of_a_sane_length(value: str) -> None:
    document, fields = entry(f"id: {value}")
    fields.text("id")
    assert len(faults(document)) == 1


@pytest.mark.parametrize(
    "text",
    ["a: [", "\t", "--- a\n--- b", "a: &x [*y]", "\0", "[" * 1000, "? {a: b}\n: c", "<<: {a: 1}"],
)
def test_what_is_not_plain_yaml_is_a_fault(text: str) -> None:
    with pytest.raises(PeopleError):
        entry(text)[0].finish()


def test_tags_make_nothing() -> None:
    document, _ = entry("id: !!python/object/apply:os.system [exit 1]")
    (fault,) = faults(document)
    assert fault.startswith("people.yaml:1: id: the tag tag:yaml.org,2002:python/")


def test_an_empty_file_is_a_fault() -> None:
    document, fields = entry("")
    fields.text("id")
    assert faults(document) == ["people.yaml:1: id: is missing"]


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(PeopleError):
        document, fields = entry(text)
        fields.optional_text("id")
        document.finish()
