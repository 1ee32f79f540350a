"""The header driver: exactly the subject, or nothing at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.identity.headers import HeaderDriver, HeaderSettings, HeaderValue
from tests.sample import NOW, SESSION, acting_for


def driver(**headers: str | tuple[str, str]) -> HeaderDriver:
    """Build a driver; `_` in a keyword is `-` in the name, a pair is a value and its join."""
    values = {
        name.replace("_", "-"): HeaderValue(value=value)
        if isinstance(value, str)
        else HeaderValue(value=value[0], join=value[1])
        for name, value in headers.items()
    }
    return HeaderDriver(HeaderSettings(headers=values))


def test_the_app_gets_one_value_of_each_header() -> None:
    headers = driver(X_Remote_User="{subject.id}", X_Acted_By="{actor.email}")
    assert headers.managed == ("X-Remote-User", "X-Acted-By")
    assert headers.edits(SESSION, NOW) == (
        (b"X-Remote-User", b"jonas.weber"),
        (b"X-Acted-By", b"ada@example.com"),
    )


def test_a_kept_value_is_never_somebody_elses() -> None:
    headers = driver(X_Remote_User="{subject.id}")
    assert headers.edits(SESSION, NOW) == headers.edits(SESSION, NOW + 1)
    # The session's id is the same: what counts is who is in it.
    assert headers.edits(acting_for(id="mei"), NOW) == ((b"X-Remote-User", b"mei"),)


def test_groups_are_repeated_or_joined() -> None:
    assert driver(X_Group="{subject.groups}").edits(SESSION, NOW) == (
        (b"X-Group", b"sales"),
        (b"X-Group", b"berlin"),
    )
    assert driver(X_Groups=("{subject.groups}", "; ")).edits(SESSION, NOW) == (
        (b"X-Groups", b"sales; berlin"),
    )


@pytest.mark.parametrize("value", ["{subject.groups}", ("{subject.groups}", ",")])
def test_no_groups_are_no_header(value: str | tuple[str, str]) -> None:
    assert driver(X_Groups=value).edits(acting_for(groups=()), NOW) == ()


@pytest.mark.parametrize(
    ("value", "groups"),
    [
        ("{subject.groups}", ("sales,admin",)),
        (("{subject.groups}", ","), ("sales,admin",)),
        (("{subject.groups}", "; "), ("sales;admin",)),
        (("{subject.groups}", "|"), ("a", "b|admin")),
    ],
)
def test_a_group_that_reads_as_two_is_refused(
    value: str | tuple[str, str], groups: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="parts the items"):
        driver(X_Groups=value).edits(acting_for(groups=groups), NOW)


def test_text_is_sent_as_utf_8() -> None:
    fields = driver(X_Name="{subject.name}").edits(acting_for(name="Mei 田中"), NOW)
    assert fields == ((b"X-Name", "Mei 田中".encode()),)


@pytest.mark.threat(4)
@pytest.mark.parametrize(
    "user_id",
    [
        "",
        " a",
        "a ",
        "a\u00a0",
        "a\r\nX-Admin: 1",
        "a\nb",
        "a\rb",
        "a\0b",
        "a\tb",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "a\ud800",
    ],
)
def test_row_4_a_value_that_a_parser_could_change_is_refused(user_id: str) -> None:
    with pytest.raises(ValueError, match=r"X-User|empty"):
        driver(X_User="{subject.id}").edits(acting_for(id=user_id), NOW)


@settings(deadline=None)
@given(st.text())
def test_a_value_arrives_as_it_is_or_not_at_all(user_id: str) -> None:
    try:
        ((name, value),) = driver(X_User="{subject.id}").edits(acting_for(id=user_id), NOW)
    except ValueError:
        return
    assert name == b"X-User"
    assert value.decode() == user_id == user_id.strip()
    assert not any(byte < 0x20 for byte in value)


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ({"": "{subject.id}"}, "not a header's name"),
        ({"X User": "{subject.id}"}, "not a header's name"),
        ({"X-Ü": "{subject.id}"}, "not a header's name"),
        ({"X-User": "{subject.idd}"}, r"no \{subject.idd\}"),
        ({"Host": "{subject.id}"}, "belongs to HTTP"),
        ({"Cookie": "{subject.id}"}, "belongs to HTTP"),
        ({"Transfer_Encoding": "{subject.id}"}, "belongs to HTTP"),
    ],
)
def test_headers_that_cannot_be_set_are_refused(headers: dict[str, str], fault: str) -> None:
    values = {name: HeaderValue(value=value) for name, value in headers.items()}
    with pytest.raises(ValueError, match=fault):
        HeaderDriver(HeaderSettings(headers=values))


@pytest.mark.threat(1)
def test_row_1_two_spellings_of_one_header_are_refused() -> None:
    value = HeaderValue(value="{subject.id}")
    with pytest.raises(ValueError, match="one to many apps"):
        HeaderDriver(HeaderSettings(headers={"X-User": value, "x_user": value}))


@pytest.mark.parametrize("join", ["", "\n", "\0"])
def test_items_are_joined_by_something_that_can_be_seen(join: str) -> None:
    with pytest.raises(ValueError, match="visible"):
        driver(X_Groups=("{subject.groups}", join))


def test_only_a_list_is_joined() -> None:
    with pytest.raises(ValueError, match="only a list"):
        driver(X_User=("{subject.id}", ","))


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"(?s)Host.*X-A") as error:
        driver(Host="{subject.id}", X_A="{nobody}")
    assert len(str(error.value).splitlines()) == 2


GIVEN = replace(SESSION, workflow="quotes", capabilities=("edit_prices", "edit_shipping"))


def test_capabilities_are_repeated_or_joined_beside_the_subject() -> None:
    assert driver(X_User="{subject.id}", X_May="{capabilities}").edits(GIVEN, NOW) == (
        (b"X-User", b"jonas.weber"),
        (b"X-May", b"edit_prices"),
        (b"X-May", b"edit_shipping"),
    )
    for join in (" ", ",", "; "):
        joined = f"edit_prices{join}edit_shipping".encode()
        assert driver(X_May=("{capabilities}", join)).edits(GIVEN, NOW) == ((b"X-May", joined),)
    with pytest.raises(ValueError, match="parts the items"):
        driver(X_May=("{capabilities}", "_")).edits(GIVEN, NOW)


def test_a_space_parts_no_item_that_holds_one() -> None:
    with pytest.raises(ValueError, match="parts the items"):
        driver(X_Groups=("{subject.groups}", " ")).edits(acting_for(groups=("a b",)), NOW)


def test_a_session_that_gives_nothing_sets_no_header() -> None:
    headers = driver(X_May="{capabilities}", X_All=("{capabilities}", ","), X_For="{workflow}")
    assert headers.edits(SESSION, NOW) == ()
    assert len(headers.edits(GIVEN, NOW)) == 4
    assert headers.edits(replace(GIVEN, capabilities=()), NOW) == ((b"X-For", b"quotes"),)


def test_what_a_session_gives_is_reserved_to_the_gateway() -> None:
    headers = driver(X_User="{subject.id}", X_May="{capabilities}", X_For="w={workflow}")
    assert headers.managed == ("X-User", "X-May", "X-For")
    assert headers.reserved == ("X-May", "X-For")
