from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.audit import marks
from gateway.audit.record import Kind, Record, RecordSubject
from gateway.model import Actor

TEXTS = st.text(st.sampled_from("a: %/\n\ud800é"), max_size=4)
ACTOR = Actor(id="ada", name="", email="", profile="")
SUBJECT = RecordSubject(id="jo nas", name="", email="", account="n:1", account_name="")


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_two_users_have_the_same_mark(site: str, user: str, site2: str, user2: str) -> None:
    one, two = marks.of_subject(site, user), marks.of_subject(site2, user2)
    assert (one == two) is ((site, user) == (site2, user2))
    assert not {" ", "\n"} & set(one)


def marked(kind: Kind, **more: object) -> list[str]:
    record = Record(id="1", kind=kind, at="", site="crm", actor=ACTOR, subject=SUBJECT, **more)  # type: ignore[arg-type]  # of the tests' own making
    return record.marks.decode().split()


def test_a_start_is_found_by_all_who_have_to_do_with_it() -> None:
    whom = ["subject:crm:jo%20nas", "account:n%3A1"]
    assert marked(Kind.SESSION_STARTED, session="s") == [
        "session:s",
        "life:s",
        "sessions",
        "actor:ada",
        *whom,
    ]
    assert marked(Kind.SESSION_REFUSED) == ["sessions", "actor:ada", *whom]


def test_how_a_session_was_begun_changed_and_ended_is_found_without_its_requests() -> None:
    for kind in (Kind.SESSION_ELEVATED, Kind.SESSION_ENDED, Kind.SESSION_REVIEWED):
        assert marked(kind, session="s") == ["session:s", "life:s"]
    assert marked(Kind.SESSION_ENTERED, session="s") == ["session:s"]


def test_a_change_is_found_by_whom_it_was_made_for() -> None:
    whom = ["changes:subject:crm:jo%20nas", "changes:account:n%3A1"]
    assert marked(Kind.REQUEST_INTENT, session="s", method="PUT") == ["session:s", *whom]
    assert marked(Kind.REQUEST_INTENT, session="s", method="GET") == ["session:s"]
    assert marked(Kind.REQUEST_OUTCOME, session="s", method="PUT") == ["session:s"]


def test_what_was_shown_is_found_by_whose_it_is() -> None:
    whom = ["seen:subject:crm:jo%20nas", "seen:account:n%3A1"]
    shown = {"session": "s", "method": "GET", "shown": ("notes",)}
    assert marked(Kind.REQUEST_OUTCOME, **shown) == ["session:s", *whom]


def test_what_is_of_nobody_has_no_mark() -> None:
    assert Record(id="1", kind=Kind.GATEWAY_STARTED, at="").marks == b""
    assert Record(id="1", kind=Kind.SESSION_REFUSED, at="").marks == b"sessions"
