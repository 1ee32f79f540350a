"""Policies that load, and of which somebody meant more than they do."""

from __future__ import annotations

import pytest

from gateway.policy.rights.files import read_policies
from gateway.policy.rights.lint import remarks
from gateway.policy.rights.ready import ready_files, ready_names

ACT = 'action in Gateway::Action::"act"'
LOOK = 'action == Gateway::Action::"act_read_only"'
NO = f'@id("no") @reason("Closed.") forbid (principal, {ACT}, resource);'


def said(*texts: str) -> list[str]:
    policies = read_policies({f"{number}.cedar": text for number, text in enumerate(texts)})
    known = {
        "Account": frozenset({"nord"}),
        "Workflow": frozenset({"quotes"}),
        "Condition": frozenset({"open"}),
    }
    return list(remarks(policies, known))


@pytest.mark.parametrize("name", ready_names())
def test_of_each_ready_policy_there_is_nothing_to_say(name: str) -> None:
    assert list(remarks(read_policies(ready_files([name])))) == []


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (f'@id("a") permit (principal, {ACT}, resource) when {{ false }};', "never applies"),
        (
            f'@id("a") permit (principal, {ACT}, resource) '
            'when { resource.status == "active" && resource.status == "invited" };',
            "never applies",
        ),
        (
            f'@id("a") permit (principal, {ACT}, resource) '
            'when { resource in Gateway::Profile::"Support" };',
            "never applies",
        ),
        (
            f'@id("a") permit (principal, {ACT}, resource in Gateway::Account::"nrod");',
            "names the account 'nrod', which there is not",
        ),
        (
            f'@id("a") permit (principal, {ACT}, resource) '
            'when { resource.account == Gateway::Account::"nrod" };',
            "names the account 'nrod', which there is not",
        ),
        *(
            (
                f'@id("a") permit (principal, {ACT}, resource) when {{ {condition} }};',
                "names the workflow 'qoutes', which there is not",
            )
            for condition in (
                'context.workflow == "qoutes"',
                '!("qoutes" == context.workflow || context.workflow == "")',
                '["quotes", "qoutes"].contains(context.workflow)',
            )
        ),
        *(
            (
                f'@id("a") permit (principal, {ACT}, resource) when {{ {condition} }};',
                "names the status 'aktive', which there is not",
            )
            for condition in (
                'resource.status == "aktive"',
                '["aktive", "invited"].contains(resource.status)',
            )
        ),
        *(
            (
                f'@id("a") permit (principal, {ACT}, resource) when {{ {condition} }};',
                "names the condition 'opne', which there is not",
            )
            for condition in (
                'context.ticket_holds.contains("opne")',
                'context.ticket_holds.containsAll(["open", "opne"])',
            )
        ),
        (
            f'@id("a") @reason("x") forbid (principal, {ACT}, resource) '
            'when { context.now.offset(duration("1h")) > context.now };',
            "may fail",
        ),
        (f'@id("a") permit (principal, {ACT}, resource);' + NO, "'no' forbids all"),
        (f'@id("a") permit (principal, {LOOK}, resource);' + NO, "'no' forbids all"),
        (
            '@id("a") permit (principal == Gateway::Operator::"x", '
            'action in [Gateway::Action::"act_read_only"], resource);' + NO,
            "'no' forbids all",
        ),
    ],
)
def test_a_rule_that_does_not_do_what_it_says_is_told_of(text: str, remark: str) -> None:
    (found,) = said(text)
    assert found.startswith("0.cedar: policy 'a' ")
    assert remark in found


@pytest.mark.parametrize(
    "text",
    [
        f'@id("a") permit (principal, {ACT}, resource in Gateway::Account::"nord");',
        f'@id("a") permit (principal, {ACT}, resource) '
        'when { resource.status == "invited" && context.ticket_holds.contains("open") };',
        '@id("a") permit (principal, action == Gateway::Action::"reveal", resource);' + NO,
        f'@id("a") permit (principal, {ACT}, resource);'
        f'@id("b") @reason("x") forbid (principal, {LOOK}, resource);',
        f'@id("a") permit (principal, {ACT}, resource);'
        + NO.replace("resource);", 'resource) when { context.ticket == "" };'),
        f'@id("a") permit (principal, {ACT}, resource);'
        + NO.replace("(principal", '(principal in Gateway::Profile::"Support"'),
    ],
)
def test_a_rule_that_counts_somewhere_is_left_alone(text: str) -> None:
    assert said(text) == []
