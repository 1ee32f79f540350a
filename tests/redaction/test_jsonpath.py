"""JSONPath: our walker finds what the parser's own, slow evaluation finds."""

from __future__ import annotations

from typing import Any

import jsonpath_rfc9535
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath_rfc9535.serialize import canonical_string

from gateway.redaction.jsonpath import Document, compile_path

NAMES = st.sampled_from(["a", "b", "notes", "a/b", 'q"', "ключ", "0"])
DOCUMENTS = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=25,
)
SELECTORS = st.one_of(
    NAMES.map(lambda name: f"[{canonical_string(name)}]"),
    st.integers(-3, 3).map(lambda index: f"[{index}]"),
    st.just("[*]"),
    st.tuples(NAMES, st.integers(-2, 2)).map(
        lambda pair: f"[{canonical_string(pair[0])}, {pair[1]}]"
    ),
    st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(-2, 2)).map(
        lambda part: f"[{part[0]}:{part[1]}:{part[2]}]"
    ),
)
PATHS = st.lists(
    st.tuples(st.sampled_from(["", ".."]), SELECTORS).map("".join), min_size=1, max_size=4
).map(lambda segments: "$" + "".join(segments))


@given(PATHS, DOCUMENTS)
def test_the_places_are_those_of_the_standard(path: str, document: Any) -> None:
    find = compile_path(path).find
    places = {(id(container), key) for container, key in find(Document(document))}
    nodes = jsonpath_rfc9535.find(path, document)
    assert places == {(id(node.parent.value), node.location[-1]) for node in nodes if node.parent}


@given(PATHS, DOCUMENTS)
def test_without_a_needle_there_is_nothing_to_find(path: str, document: Any) -> None:
    find, needles, *_ = compile_path(path)
    text = msgspec.json.encode(document)
    if needles is not None and not any(needle in text for needle in needles):
        assert find(Document(document)) == []


def test_a_place_below_two_starts_is_found_once() -> None:
    find = compile_path("$..a..b").find
    assert len(find(Document({"a": {"a": {"a": {"b": 1}}}}))) == 1


def every_object(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(each for inner in value.values() for each in every_object(inner))]
    return [each for item in value for each in every_object(item)] if type(value) is list else []


@given(DOCUMENTS)
def test_each_object_of_a_decoded_document_is_known_outer_ones_first(document: Any) -> None:
    decoded = msgspec.json.decode(msgspec.json.encode(document))
    known = list(map(id, Document(decoded).objects()))
    expected = every_object(decoded)
    assert sorted(known) == sorted(map(id, expected))
    for outer in expected:
        inner = map(id, every_object(list(outer.values())))
        assert all(known.index(each) > known.index(id(outer)) for each in inner)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("$..a", ("a",)),
        ("$..['b', 'a/b', 'b']", ("b", "a/b", "b")),
        ("$.a", ()),
        ("$..a.b", ()),
        ("$..a..b", ()),
        ("$.a..b", ()),
        ("$..['a', 0]", ()),
        ("$..*", ()),
    ],
)
def test_names_anywhere_are_told_apart(path: str, names: tuple[str, ...]) -> None:
    assert compile_path(path).anywhere == names


@pytest.mark.parametrize(
    ("path", "needles"),
    [
        ("$.a.b", (b'"b"',)),
        ("$..['a','b']", (b'"a"', b'"b"')),
        ("$.a[*]", (b'"a"',)),
        ("$['a', 0]", None),
        ("$['a/b']", None),
        ("$[*][0]", None),
        ("$.ключ", ('"ключ"'.encode(),)),
    ],
)
def test_needles_are_of_the_last_names(path: str, needles: tuple[bytes, ...] | None) -> None:
    assert compile_path(path).needles == needles


@pytest.mark.parametrize("path", ["", "a", "$.", "$[?@.a]", "$..[?@.a > 1]", "$", "$[01]"])
def test_what_is_not_supported_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"JSONPath|filter|whole document"):
        compile_path(path)
