"""Templates: every field can be named, and nothing else."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.identity.templates import Template
from gateway.model import Actor, Subject
from tests.sample import ADA, JONAS, SESSION, acting_for


@pytest.mark.parametrize("field", [f for f in Subject.__struct_fields__ if f != "groups"])
def test_every_field_of_the_subject(field: str) -> None:
    assert Template(f"{{subject.{field}}}").values(SESSION) == (getattr(JONAS, field),)


@pytest.mark.parametrize("field", Actor.__struct_fields__)
def test_every_field_of_the_actor(field: str) -> None:
    assert Template(f"{{actor.{field}}}").values(SESSION) == (getattr(ADA, field),)


def test_placeholders_among_text() -> None:
    template = Template("u={subject.id};by={actor.id}")
    assert template.values(SESSION) == ("u=jonas.weber;by=ada",)


def test_a_list_gives_its_items() -> None:
    template = Template("{subject.groups}")
    assert template.is_list
    assert template.values(SESSION) == ("sales", "berlin")
    assert template.values(acting_for(groups=())) == ()


def test_what_a_value_says_is_never_a_placeholder() -> None:
    session = acting_for(name="{actor.id}")
    assert Template("{subject.name}").values(session) == ("{actor.id}",)


def test_an_empty_value_names_nobody() -> None:
    with pytest.raises(ValueError, match="empty"):
        Template("user-{subject.email}").values(acting_for(email=""))


@pytest.mark.parametrize(
    "text",
    [
        "{subject.idd}",
        "{session.id}",
        "{subject}",
        "{subject.__class__}",
        "{subject.id.real}",
        "{}",
        "{subject.id",
        "subject.id}",
        "{{subject.id}}",
        "{Subject.id}",
        "a{subject.groups}",
        "{subject.groups}{subject.id}",
        "{subject.id}\r\nX-Remote-User: root",
        "a\u2028{subject.id}",
    ],
)
def test_what_cannot_be_filled_in_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        Template(text)


def test_what_the_session_gives_the_actor() -> None:
    session = replace(SESSION, workflow="quotes", capabilities=("edit_prices", "edit_shipping"))
    capabilities, workflow = Template("{capabilities}"), Template("for {workflow}")
    assert capabilities.is_list
    assert (capabilities.of_session, workflow.of_session) == (True, True)
    assert not Template("{subject.groups}").of_session
    assert capabilities.values(session) == ("edit_prices", "edit_shipping")
    assert workflow.values(session) == ("for quotes",)


def test_without_a_workflow_there_is_nothing_to_tell_and_that_is_no_fault() -> None:
    assert Template("for {workflow}").values(SESSION) == ()
    assert Template("{subject.id}/{workflow}").values(SESSION) == ()
    assert Template("{capabilities}").values(SESSION) == ()
    with pytest.raises(ValueError, match="empty"):
        Template("{subject.email}").values(acting_for(email=""))
