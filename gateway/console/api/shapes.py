"""The pieces of which bodies, queries and answers of the JSON API are made, with their limits."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.console.start import REASON_MAX_LENGTH, TICKET_MAX_LENGTH, WORKFLOW_MAX_LENGTH

WHY_MAX_LENGTH = 500

Name = Annotated[str, Meta(min_length=1)]
"""What names something that there is: an id, or a site's name."""
Given = Annotated[str, Meta(extra_json_schema={"minLength": 1})]
"""What has to be said; an empty one is refused with a code of its own."""
# These are counted by `one_line`.
Reason = Annotated[str, Meta(extra_json_schema={"maxLength": REASON_MAX_LENGTH})]
Ticket = Annotated[str, Meta(extra_json_schema={"maxLength": TICKET_MAX_LENGTH})]
Workflow = Annotated[str, Meta(extra_json_schema={"maxLength": WORKFLOW_MAX_LENGTH})]
Why = Annotated[str, Meta(extra_json_schema={"maxLength": WHY_MAX_LENGTH})]
PAGE = 50
"""How many a page has where nothing is said."""
Limit = Annotated[int, Meta(ge=1, le=100)]
"""How many a page is to have."""
Whole = Annotated[float, Meta(multiple_of=1)]
"""A whole number, also as `24.0`: to JSON and its schemas that is one."""
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339, in UTC, with milliseconds."""


def version_of(said: float | None) -> int | None:
    """Give the version that was seen, if one was said."""
    return None if said is None else int(said)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a query."""


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON body; what is not a field of it is refused."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint gives."""
