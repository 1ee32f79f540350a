"""Policy files: what is shipped is fine, and every fault of others is named."""

from __future__ import annotations

import pytest

from gateway.policy.rights.bounds import too_deep
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.ready import ready_files, ready_names
from gateway.policy.rights.vocabulary import Vocabulary

PERMIT = "permit (principal, action, resource);"


def faults(*texts: str) -> str:
    with pytest.raises(ValueError, match=r".") as error:
        read_policies({f"{i}.cedar": text for i, text in enumerate(texts)})
    return str(error.value)


def test_the_shipped_policies_are_fine_and_forbids_have_words() -> None:
    words = read_policies(ready_files(ready_names())).words
    assert "administrators_act_for_everyone" in words
    assert words["changes_need_a_ticket"].advice


def test_no_policies_at_all_is_a_set_that_permits_nothing() -> None:
    assert read_policies({}).words == {}


def test_policies_name_only_what_there_is() -> None:
    vocabulary = Vocabulary(sites=["crm"], categories=["notes"])
    text = (
        '@id("a") permit (principal, action == Gateway::Action::"reveal", resource) '
        'when {{ context.site == Gateway::Site::"{}" && '
        'context.category == Gateway::Category::"{}" }};'
    )
    assert "a" in read_policies({"a": text.format("crm", "notes")}, vocabulary).words
    for site, category in (("crn", "notes"), ("crm", "note")):
        with pytest.raises(ValueError, match="is not declared"):
            read_policies({"a": text.format(site, category)}, vocabulary)


def test_every_file_and_fault_is_named() -> None:
    said = faults("permit (", f'@id("a") {PERMIT}', f'@id("a") {PERMIT}', PERMIT)
    assert said.splitlines()[0].startswith("0.cedar: ")
    assert "2.cedar: policy 'a' is already in 1.cedar" in said
    assert "3.cedar: '' is no usable id" in said


def test_a_fault_names_its_policy_by_the_id_that_its_author_gave_it() -> None:
    text = (
        '@id("fine") permit (principal, action == Gateway::Action::"reveal", resource);'
        '@id("odd") permit (principal, action == Gateway::Action::"reveal", resource) '
        "when { resource.nose == 1 };"
    )
    with pytest.raises(ValueError, match="policy 'odd', attribute `nose` on entity type"):
        read_policies({"own.cedar": text})


def test_policies_are_deep_within_bounds() -> None:
    """Cedar takes the process down that reads what is nested some hundred deep."""
    start = f'@id("a") {PERMIT[:-1]} when {{'
    within = [
        "(" * 99 + "true" + ")" * 99,
        f'"{"(" * 200}" == ""',
        f"true // {'(' * 200}\n",
        '"\\"' + "(" * 200 + '" == ""',
        " && ".join(["principal.email == resource.email"] * 40),
        "[1]" + ".contains(1)" * 40 + " == 1",
    ]
    beyond = [
        "(" * 300 + "true" + ")" * 300,
        ")" * 300 + "(" * 300,
        "[" * 300 + "]" * 300 + " == 1",
        '(")"+' * 300 + '""' + ")" * 300,
        "(//)\n" * 300 + "1" + ")" * 300,
    ]
    for text in within:
        assert not too_deep(f"{start} {text} }};"), text
    assert "a" in read_policies({"x": f"{start} {within[0]} }};"}).words
    for text in beyond:
        assert "more than 100 deep" in faults(f"{start} {text} }};"), text
    chain = "principal has " + " . //a b\n".join("a" * 300)
    assert "more than 32 attributes" in faults(f"{start} {chain} }};")
    parts = " || ".join(["true"] * 3000)
    assert "too many parts" in faults(f"{start} {parts} }};")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'@id("a b") {PERMIT}', "no usable id"),
        (f"@id {PERMIT}", "no usable id"),
        (f'@id("a") {PERMIT} @id("a") {PERMIT}', "already in 0.cedar"),
        (f'@id("a") @advise("x") {PERMIT}', "unknown annotation @advise"),
        ('@id("a") forbid (principal, action, resource);', "without a @reason"),
        ('@id("a") permit (principal == ?principal, action, resource);', "never apply"),
        (f'@id("a") {PERMIT[:-1]} when {{ resource.nmae == "x" }};', "nmae"),
        (f'@id("a") {PERMIT[:-1]} when {{ context.ticket > 3 }};', "expected"),
        (
            '@id("a") permit (principal in Gateway::Profile::"Admin", action, resource);',
            '`"Admin"` is not declared',
        ),
        (
            '@id("a") permit (principal, action == Gateway::Action::"acts", resource);',
            "unrecognized action",
        ),
        (
            '@id("a") permit (principal, action == Gateway::Action::"act", resource);',
            "unable to find an applicable action",
        ),
    ],
)
def test_what_cedar_would_accept_or_skip_is_a_fault(text: str, said: str) -> None:
    assert said in faults(text)


def test_a_capability_that_no_site_has_is_a_fault() -> None:
    vocabulary = Vocabulary(capabilities=["edit_prices"])
    text = """
    @id("a") permit (principal, action == Gateway::Action::"use_capability", resource)
    when {{ context.capability == Gateway::Capability::"{}" }};
    """
    read_policies({"a.cedar": text.format("edit_prices")}, vocabulary)
    with pytest.raises(ValueError, match="edit_pices"):
        read_policies({"a.cedar": text.format("edit_pices")}, vocabulary)
