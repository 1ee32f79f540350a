"""What a request brings: query, form and JSON, each read strictly and within a bound (law 10)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from gateway.errors import ClientError

MAX_BODY = 32 * 1024
MAX_FIELDS = 32
BODY_SECONDS = 15.0

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_T = TypeVar("_T")


def parse_fields(text: str) -> Mapping[str, str]:
    """Read `application/x-www-form-urlencoded` text; every name at most once.

    Raises:
        ClientError: `bad_fields`, when it is malformed, doubled, not UTF-8 or too many.
    """
    try:
        text.encode("ascii")
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise ClientError("bad_fields", "The form or the query cannot be read.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ClientError("bad_fields", "A field of the form or the query is there twice.")
    return fields


def query_of(request: web.BaseRequest) -> Mapping[str, str]:
    """Read the query as it is on the wire."""
    return parse_fields(request.raw_path.partition("?")[2])


async def form_of(request: web.BaseRequest) -> Mapping[str, str]:
    """Read a submitted form.

    Raises:
        ClientError: another media type (415), too large (413) or malformed (400).
    """
    body = await _body(request, "application/x-www-form-urlencoded")
    return parse_fields(body.decode("latin-1"))


async def json_of(request: web.BaseRequest, shape: type[_T]) -> _T:
    """Read a JSON body into a struct; unknown fields are refused.

    Raises:
        ClientError: another media type (415), too large (413), or not of this shape (400).
    """
    body = await _body(request, "application/json")
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ClientError("bad_json", f"The body does not fit: {error}.") from error


async def _body(request: web.BaseRequest, media_type: str) -> bytes:
    if request.content_type != media_type:
        raise ClientError(
            "media_type", f"The body has to be {media_type}.", status=415, title="Not understood"
        )
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_chunked(MAX_BODY):
                body += chunk
                if len(body) > MAX_BODY:
                    raise ClientError(
                        "too_large", f"The body is larger than {MAX_BODY} bytes.", status=413
                    )
    except TimeoutError:
        raise ClientError(
            "body_timeout",
            f"The request's body did not arrive within {BODY_SECONDS:g} seconds.",
            "Try again.",
            status=408,
        ) from None
    except (web.RequestPayloadError, ConnectionError):
        raise ClientError("body_broken", "The request's body broke off.", "Try again.") from None
    return bytes(body)


def one_line(text: str, longest: int) -> str:
    """Make a free text a single line without control characters.

    Raises:
        ClientError: `bad_fields`, it is longer than that many characters, as it was sent.
    """
    if len(text.replace("\r\n", "\n")) > longest:  # as a form's `maxlength` counts
        raise ClientError("bad_fields", f"A text that may have {longest} characters has more.")
    return " ".join(_CONTROLS.sub(" ", text).split())
