from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.banner.act_places import ActPlaces, act_place, id_of, page_source

USERS = ActPlaces([act_place("/employees/{id}", "h1")])
ADMIN = ActPlaces([act_place("/*/auth/user/{id}/change/", "h1", "inside_end")])


@pytest.mark.parametrize(
    ("places", "path", "subject"),
    [
        (USERS, "/employees/7", "7"),
        (USERS, "/employees/ada%40example.com", "ada@example.com"),
        (USERS, "/employees/ada@example.com", "ada@example.com"),
        (USERS, "/employees/J%C3%BCrgen", "Jürgen"),
        (USERS, "/employees/100%25", "100%"),
        (USERS, "/employees/%2541", "%41"),  # once, and no more
        (ADMIN, "/admin/auth/user/7/change/", "7"),
    ],
)
def test_a_page_about_a_user_says_whom_it_is_about(
    places: ActPlaces, path: str, subject: str
) -> None:
    found = places.at(path)
    assert found == (places.places[0], subject)


@pytest.mark.parametrize(
    "path",
    [
        "/employees",
        "/employees/",
        "/employees/7/",
        "/employees/7/goals",
        "/Employees/7",
        "//employees/7",
        "/employees//7",
        "/employees/7;v=1",
        "/employees/7?x",
        "/employees/7\n",
        "/employees/%",
        "/employees/%4",
        "/employees/%zz",
        "/employees/%ff",  # not UTF-8
        "/employees/%c0%af",  # overlong
        "/employees/%ed%a0%80",  # a surrogate
        "/employees/a%2fb",
        "/employees/a%5cb",
        "/employees/a%00",
        "/employees/a%0a",
        "/employees/a%c2%85",
        "/employees/.",
        "/employees/%2e%2e",
        "/employees/ü",
        "/employees/" + "a" * 257,
    ],
)
def test_any_doubt_about_the_id_is_no_button(path: str) -> None:
    assert USERS.at(path) is None


@pytest.mark.parametrize(
    "path",
    ["", "employees/{id}", "/employees", "/{id}/{id}", "/e-{id}", "/a b/{id}", "/ü/{id}",
     "/a?b/{id}", "/%4/{id}", "/**/{id}", "/a*/{id}", "/[a-z]/{id}", "/a|b/{id}", "/^/{id}"],
)  # fmt: skip
def test_a_pattern_that_says_nothing_clear_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        act_place(path, "h1")


def test_the_first_place_of_the_config_counts() -> None:
    places = ActPlaces([act_place("/u/{id}", "h1"), act_place("/*/{id}", "h2")])
    found = [places.at("/u/1"), places.at("/v/1")]
    assert [each[0].selector for each in found if each] == ["h1", "h2"]


def test_a_site_without_places_has_no_button() -> None:
    assert not ActPlaces()
    assert ActPlaces().at("/employees/7") is None


IDS = st.text(min_size=1, max_size=40).filter(
    lambda text: text not in (".", "..") and text.isprintable() and not set(text) & set("/\\")
)


@given(IDS)
def test_every_printable_id_comes_back_as_it_went_in(subject: str) -> None:
    assert USERS.at(f"/employees/{quote(subject, safe='')}") == (USERS.places[0], subject)


LITERALS = st.text("abz09.$()+!&',:=@_~-", min_size=1, max_size=8)


@given(LITERALS, LITERALS)
def test_what_is_literal_matches_itself_and_nothing_else(said: str, asked: str) -> None:
    places = ActPlaces([act_place(f"/{said}/{{id}}", "h1")])
    assert (places.at(f"/{asked}/7") is not None) == (said == asked)
    assert places.at(f"/{said}/7") is not None


@given(st.text(max_size=60))
def test_no_path_breaks_it(path: str) -> None:
    USERS.at(path)
    found = id_of(path)
    assert found is None or not set(found) & set("/\\\n\r\0")


@pytest.mark.parametrize(
    ("loaded_at", "told", "not_told"),
    [
        ("/", ["/"], ["/a", "//"]),
        ("/app/**", ["/app", "/app/", "/app/a/b", "/app/%zz"], ["/", "/apps", "/appa/b"]),
        ("/**", ["/", "/a/b"], []),
        ("/*/home", ["/de/home"], ["/home", "/de/home/", "/a/b/home"]),
    ],
)
def test_pages_that_lead_to_such_pages_are_told_too(
    loaded_at: str, told: list[str], not_told: list[str]
) -> None:
    places = ActPlaces([act_place("/employees/{id}", "h1")], [page_source(loaded_at)])
    assert all(places.are_told(path) for path in ["/employees/7", *told])
    assert not any(places.are_told(path) for path in not_told)
    assert all(places.at(path) is None for path in told)


@pytest.mark.parametrize("path", ["", "app", "/a/**/b", "/a b", "/{id}"])
def test_such_a_page_has_a_path_that_could_be(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        page_source(path)
