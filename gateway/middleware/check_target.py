"""Refuse a target that the request's site does not allow."""

from __future__ import annotations

from gateway.middleware.draft import Draft


def check_target(draft: Draft) -> None:
    """The stage.

    Raises:
        ClientError: 400 `ambiguous_target`.
    """
    draft.site.target.refuse(draft.wire.target)
