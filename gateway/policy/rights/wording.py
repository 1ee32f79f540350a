"""What somebody is told whom the policies do not let act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gateway.model import Deny
from gateway.policy.rights.cedar import Answer
from gateway.policy.rights.files import Words

_NO_START: Final = "This session cannot start"
_NOT_DONE: Final = "This was not done"


def _deny(code: str, rule: str, detail: str, advice: str, title: str = _NO_START) -> Deny:
    return Deny(code=code, rule=rule, status=403, title=title, detail=detail, advice=advice)


ONESELF: Final = _deny(
    "oneself",
    "start.oneself",
    "Nobody acts on behalf of themselves: that would hide who did what.",
    "Use the app as yourself.",
)
ACCOUNT_UNKNOWN: Final = _deny(
    "account_unknown",
    "start.account_known",
    "The directory does not say completely which account this user belongs to.",
    "Ask whoever looks after the site's directory to complete it.",
)
PROFILE_UNKNOWN: Final = _deny(
    "profile_unknown",
    "start.profile_known",
    "You are in a profile that the gateway does not have.",
    "Ask an administrator of the gateway to give you another one.",
)
OWN_PERSON: Final = _deny(
    "own_person",
    "people.others_only",
    "Nobody changes or disables themselves.",
    "Ask another administrator.",
    _NOT_DONE,
)
_FAILED: Final = _deny(
    "policy_failed",
    "start.policies_evaluate",
    "The policies could not be evaluated for this, so the answer is no.",
    "Ask whoever looks after the gateway's policies to look at this case.",
)
_NOT_PERMITTED: Final = {
    "act_for_protected": _deny(
        "protected_user",
        "start.act_for_protected",
        "This user is protected: an administrator of the app, or an operator.",
        "Choose another user; only a policy of the gateway's owner can permit this one.",
    ),
    "act_as_account": _deny(
        "not_as_account",
        "start.act_as_account",
        "No policy lets the profile {profile} act on behalf of an account as such.",
        "Choose one of the account's users.",
    ),
    "break_glass": _deny(
        "no_glass_to_break",
        "start.break_glass",
        "No policy lets the profile {profile} break the glass here.",
        "Start without it, or ask somebody who may.",
    ),
    "skip_ticket": _deny(
        "ticket_missing",
        "start.skip_ticket",
        "A session needs a ticket here.",
        "Enter the ticket's number.",
    ),
    "act_again": _deny(
        "already_acting",
        "start.act_again",
        "You have a live session on this site already.",
        "End it, or go on in it.",
    ),
}
_DOING: Final = {
    "act_read_only": "look at this user's data on this site",
    "act_read_write": "change this user's data on this site",
    "view_audit": "see what was done for this account",
    "manage_preferences": "change this account's preferences",
    "end_any_session": "end the sessions of others for this user",
    "approve": "approve sessions for this user",
    "manage_people": "manage this person",
    "see_policies": "see the policies of this site",
}


def refusal(action: str, answer: Answer, words: Mapping[str, Words], profile: str) -> Deny:
    """Give the refusal of an action that is not permitted, forbidden, or could not be decided."""
    title = _NO_START if action in _NOT_PERMITTED or action.startswith("act_") else _NOT_DONE
    if answer.failed:
        return msgspec.structs.replace(_FAILED, title=title)
    if answer.policies:
        said = [words[policy] for policy in answer.policies]
        return _deny(
            "forbidden_by_policy",
            ",".join(answer.policies),
            " ".join(each.reason for each in said),
            " ".join(each.advice for each in said if each.advice),
            title,
        )
    if action in _NOT_PERMITTED:
        deny = _NOT_PERMITTED[action]
        return msgspec.structs.replace(deny, detail=deny.detail.format(profile=profile))
    return _deny(
        "not_permitted",
        f"{'start' if title == _NO_START else 'desk'}.{action}",
        f"No policy lets the profile {profile} {_DOING[action]}.",
        "Ask an administrator of the gateway who may, or to permit it.",
        title,
    )
