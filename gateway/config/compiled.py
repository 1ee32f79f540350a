"""Texts of the config that must compile where they will be used, tried where they are read."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Annotated, Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gateway.audit.bodies.secret_names import is_secret
from gateway.audit.reading.choice import known_kind
from gateway.banner.act_places import act_place, page_source
from gateway.config.values import HeaderName, HttpsUrl, Like
from gateway.identity.headers import HeaderDriver, HeaderSettings, HeaderValue
from gateway.linear_pattern import linear_pattern
from gateway.people.house_contacts import AccountPattern, own_pattern
from gateway.policy.paths import PathPattern
from gateway.policy.rights.hours import window_of
from gateway.policy.rights.ready import ready_names
from gateway.policy.tickets.address import Address
from gateway.policy.tickets.conditions import Condition
from gateway.policy.tickets.texts import Text
from gateway.redaction.headers import header_rule
from gateway.redaction.jsonpath import compile_path
from gateway.redaction.patterns import compile_pattern
from gateway.redaction.selectors import compile_selector


def _compiled_by(compile_: Callable[[str], object]) -> AfterValidator:
    """What the compiler says is the fault."""

    def check(value: str) -> str:
        compile_(value)
        return value

    return AfterValidator(check)


def _act_path(path: str) -> object:
    return act_place(path, "*")


PathText = Annotated[str, _compiled_by(PathPattern)]
"""A pattern of `gateway.policy.paths`."""

ActPath = Annotated[str, _compiled_by(_act_path)]
"""A pattern of `gateway.banner.act_places`."""

LoadedPath = Annotated[str, _compiled_by(page_source)]
"""The same, of pages about nobody."""

StartTarget = Annotated[
    str,
    Like(
        r"/(?!/)[!\"$-\[\]-~]*",
        "a place to start is a path on the app, as on the wire, such as /quotes/new?kind=a",
    ),
]
"""A target in origin-form, which no browser takes for another host's."""

ClaimName = Annotated[
    str,
    Like(
        r"(?!(?:iss|sub|act|aud|iat|exp|nbf|jti|may_act)$)[A-Za-z0-9_.:/-]+",
        "a claim's name has no spaces, and is none that tokens have anyway, such as sub",
    ),
]
"""A claim of a token that is the site's to name."""

JsonPath = Annotated[str, _compiled_by(compile_path)]
"""A JSONPath (RFC 9535) that redaction can follow."""

Selector = Annotated[str, _compiled_by(compile_selector)]
"""A CSS selector that redaction can follow."""

TextPattern = Annotated[str, _compiled_by(compile_pattern)]
"""A kind of values, or a pattern, that redaction can find in plain text."""

HiddenHeader = Annotated[str, _compiled_by(lambda name: header_rule(name, "", "", "remove"))]
"""A response header that redaction can hide."""

IdentityHeader = Annotated[
    HeaderName,
    _compiled_by(lambda name: HeaderDriver(HeaderSettings(headers={name: HeaderValue(value="-")}))),
]
"""A header that can carry an identity."""


def _no_secret(name: str) -> None:
    if is_secret(unquote(name)):
        raise ValueError("values under this name may be secrets, which are never on record")


ShownField = Annotated[
    str,
    Like(r"[^\s&=#;?]+", "a query field's name is written as on the wire"),
    _compiled_by(_no_secret),
]
"""The name of a query field whose values are no secrets."""


def _hidden(said: str) -> None:
    if said.startswith("$"):
        compile_path(said)


NameOrPath = Annotated[str, Field(min_length=1), _compiled_by(_hidden)]
"""A field's name, or a JSONPath (RFC 9535)."""

RecordKind = Annotated[str, _compiled_by(known_kind)]
"""A kind of records, or a beginning of several that ends with a dot."""


def _ready(name: str) -> None:
    if name not in ready_names():
        near = get_close_matches(name, ready_names(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"there is no ready policy of this name{hint}")


WeeklyWindow = Annotated[str, _compiled_by(window_of)]
"""Days and times of a week, such as `mon-fri 08:00-18:00`."""


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a time zone is written as Europe/Berlin or UTC") from None


TimeZone = Annotated[str, _compiled_by(_zone)]
"""A name of the IANA time zone database."""

ReadyPolicy = Annotated[str, _compiled_by(_ready)]
"""The name of a policy that comes with the gateway."""

LinearPattern = Annotated[str, _compiled_by(linear_pattern)]
"""A pattern that runs on RE2."""

LookupUrl = Annotated[HttpsUrl, _compiled_by(Address)]
"""An address of `gateway.policy.tickets.address`."""

AccountText = Annotated[str, Field(min_length=1), _compiled_by(AccountPattern)]
"""A text that may hold `{account.id}` and `{account.name}`."""

OwnText = Annotated[str, Field(min_length=1), _compiled_by(own_pattern)]
"""The same, and it is another one for each account."""

AnswerPath = Annotated[str, _compiled_by(lambda path: Condition(path, ()))]
"""A JSONPath (RFC 9535) that finds one value."""


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, int | str):
        raise ValueError("this is text, a whole number, true or false")  # noqa: TRY004 - as above
    return str(value)


AnswerText = Annotated[
    str,
    BeforeValidator(_as_text),
    _compiled_by(Text),
    WithJsonSchema(
        {"type": ["string", "integer", "boolean"], "title": "text, whole number, true or false"}
    ),
]
"""What a value of an answer is compared with."""

ConditionName = Annotated[str, Like("[a-z_]{1,63}", "a condition's name is lower-case, with _")]
"""The name of a condition, as policies say it."""

Reason = Annotated[
    str, Like(r"(?=.{1,200}$)\S+(?: \S+)*", "a reason is one line, without spaces at its ends")
]
"""A reason that a list offers."""
