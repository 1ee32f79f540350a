"""A request to a GraphQL endpoint in a session is decided by its document (threat row 27)."""

from __future__ import annotations

from gateway.errors import Refused
from gateway.middleware.draft import Draft
from gateway.model import Deny, Mode
from gateway.policy.graphql import Asked, GraphQLRules, judge, unreadable
from gateway.policy.graphql_request import Call, read_post, read_url
from gateway.policy.requests import SAFE_METHODS


def rules_of(draft: Draft) -> GraphQLRules | None:
    """Give the rules of the endpoint that a request goes to, None when it goes to none.

    Its method does not matter: some servers read a document from the body of any.
    """
    return draft.site.graphql.at(draft.wire.path)


def ask(draft: Draft, body: bytes, rules: GraphQLRules, mode: Mode) -> Asked | None:
    """Say what a request runs; None for a GET that asks for nothing, such as one of a page.

    Raises:
        Refused: it may not run, or nobody can be sure what would.
    """
    safe = draft.wire.method in SAFE_METHODS
    try:
        calls = _calls(draft, body, safe)
    except ValueError as fault:
        raise _refused(unreadable(fault)) from None
    if not calls:
        return None
    asked = judge(calls, rules, mode, by_get=safe)
    if isinstance(asked, Deny):
        raise _refused(asked)
    return asked


def _calls(draft: Draft, body: bytes, safe: bool) -> tuple[Call, ...]:
    if safe:
        if body:
            raise ValueError("it has a body, which few servers read by GET")
        return read_url(draft.wire.target)
    if draft.fields.get(b"content-encoding", b"identity").lower() != b"identity":
        raise ValueError("its body has a content coding")
    content_type = draft.fields.get(b"content-type", b"").decode("latin-1")
    return read_post(draft.wire.target, content_type, body)


def _refused(why: Deny) -> Refused:
    return Refused(why.code, why.detail, why.advice, title=why.title, rule=why.rule)
