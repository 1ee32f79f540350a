"""What a GraphQL request over HTTP asks for (GraphQL over HTTP, and what servers take beside it).

Read strictly: a member under another name or in another place, which some server could prefer, is
no request that can be judged (threat row 27).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from gateway.model import Frozen
from gateway.policy.graphql_upload import read_upload
from gateway.policy.strict_json import client_text, strict_json

_MOST_CALLS: Final = 10
"""In a batch."""
_MEMBERS: Final[dict[str, tuple[type, ...]]] = {
    "query": (str,),
    "operationName": (str, type(None)),
    "variables": (dict, type(None)),
    "extensions": (dict, type(None)),
    "id": (str,),
    "documentId": (str,),
}
_NESTED: Final = frozenset(("variables", "extensions"))
"""JSON of its own where the others are plain text."""
_LOOKALIKES: Final = frozenset(map(str.casefold, _MEMBERS)) | {
    *("doc", "docid", "document", "hash", "map", "mutation", "operation", "operations"),
    *("persistedquery", "persistedqueryid", "queryid", "sha256hash", "subscription"),
}
"""Folded names by which some server takes a document, or the operation that is to run."""
_TYPE: Final = re.compile(
    r"\s*([a-z0-9.+-]+/[a-z0-9.+-]+)((?:\s*;\s*[a-z-]+=(?:[^\s\";,]+|\"[^\"\\]*\"))*)\s*",
    re.IGNORECASE,
)
_PARAMETER: Final = re.compile(r";\s*([A-Za-z-]+)=(?:\"([^\"]*)\"|([^\s;]+))")
_BROKEN: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Call(Frozen, frozen=True, kw_only=True):
    """One operation that a client asks for. Each is empty where the client does not say it.

    `document`: None without one. `operation`: the name of the one that is to run. `digest`: the
    SHA-256 of the document (automatic persisted queries). `listed`: the id of a listed document.
    """

    document: str | None = None
    operation: str = ""
    digest: str = ""
    listed: str = ""


def read_url(target: str) -> tuple[Call, ...]:
    """Read a GET, HEAD or OPTIONS. It asks for nothing when it has no parameter of GraphQL.

    Args:
        target: as on the wire.

    Raises:
        ValueError: in doubt; says why, with "it" for the request.
    """
    found = _known(_pairs(target.partition("?")[2]))
    return (_call_of_texts(found),) if found else ()


def read_post(target: str, content_type: str, body: bytes) -> tuple[Call, ...]:
    """Read a POST, or any method that is not safe: one call, or those of a batch.

    Args:
        target: as on the wire.
        content_type: the field's value.
        body: without a content coding.

    Raises:
        ValueError: in doubt; says why, with "it" for the request.
    """
    if _known(_pairs(target.partition("?")[2])):
        raise ValueError("its address holds parameters of GraphQL beside its body")
    essence, parameters = _media_type(content_type)
    if essence == "multipart/form-data":
        return _calls(read_upload(body, parameters.get("boundary", "")))
    text = client_text(body)
    if essence == "application/json":
        return _calls(strict_json(text))
    if essence == "application/graphql":
        return (Call(document=text),)
    if essence == "application/x-www-form-urlencoded":
        pairs = _pairs(text)
        found = _known(pairs)
        if len(found) < len(pairs):
            raise ValueError("its form holds a field that GraphQL does not know")
        return (_call_of_texts(found),)
    raise ValueError("its type is none that GraphQL requests have")


def call_of(members: Any) -> Call:
    """Read one request's members, decoded.

    Raises:
        ValueError: in doubt; says why, with "it" for the request.
    """
    if not isinstance(members, dict):
        raise ValueError("it is not an object of GraphQL members")  # noqa: TRY004  a client's fault
    for name, value in members.items():
        if not isinstance(value, _MEMBERS.get(name, ())):
            said = f"its member {name[:40]!a} is unknown, or of the wrong type"
            raise ValueError(said)  # noqa: TRY004  as above
    return _call(members)


def _calls(said: Any) -> tuple[Call, ...]:
    if not isinstance(said, list):
        return (call_of(said),)
    if not 0 < len(said) <= _MOST_CALLS:
        raise ValueError(f"its batch is empty, or has more than {_MOST_CALLS} requests")
    return tuple(map(call_of, said))


def _call(members: dict[str, Any]) -> Call:
    digest = _digest(members.get("extensions") or {})
    ids = [members[name] for name in ("id", "documentId") if name in members]
    document = members.get("query")
    if len(ids) + bool(digest) > 1 or (ids and document is not None):
        raise ValueError("it names its document in two ways")
    if document is None and not digest and not any(ids):
        raise ValueError("it names no document")
    return Call(
        document=document,
        operation=members.get("operationName") or "",
        digest=digest,
        listed=ids[0] if ids else "",
    )


def _digest(extensions: dict[str, Any]) -> str:
    """The hash of an automatic persisted query, empty when there is none."""
    names = [name for name in extensions if _folded(name) in _LOOKALIKES]
    if not names:
        return ""
    said = extensions.get("persistedQuery")
    if names != ["persistedQuery"] or not isinstance(said, dict):
        raise ValueError("its extensions name a document in a way that is not known")
    digest = said.get("sha256Hash")
    if not said.keys() <= {"version", "sha256Hash"} or not isinstance(digest, str):
        raise ValueError("its persisted query is not a version and a hash")
    if not _DIGEST.fullmatch(digest):
        raise ValueError("its persisted query's hash is no SHA-256 in lower case")
    return digest


def _pairs(text: str) -> list[tuple[str, str]]:
    """Decode a query or a form (WHATWG URL, 5.1)."""
    if ";" in text:
        raise ValueError("a semicolon parts its fields for some servers, and not for others")
    fields = (field.partition("=") for field in text.split("&") if field)
    return [(_plain(name), _plain(value)) for name, _, value in fields]


def _plain(text: str) -> str:
    if _BROKEN.search(text):
        raise ValueError("it holds a percent sign that encodes nothing")
    return client_text(unquote_to_bytes(text.replace("+", " ")))


def _known(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Those that GraphQL servers read."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"it says {name} twice")
        if name in _MEMBERS:
            found[name] = value
        elif _folded(name) in _LOOKALIKES:
            raise ValueError(f"its field {name[:40]!a} could be one of GraphQL's")
    return found


def _call_of_texts(found: dict[str, str]) -> Call:
    """Read members that came as text; some hold JSON."""
    return call_of(
        {
            name: (strict_json(value) if value else None) if name in _NESTED else value
            for name, value in found.items()
        }
    )


def _folded(name: str) -> str:
    """A name as lenient servers compare it: `Query`, `doc_id`, `query[]`."""
    return "".join(filter(str.isalnum, name.lstrip("[ ").partition("[")[0])).casefold()


def _media_type(value: str) -> tuple[str, dict[str, str]]:
    found = _TYPE.fullmatch(value)
    if found is None:
        raise ValueError("its Content-Type is missing or malformed")
    pairs = [
        (name.lower(), quoted or plain) for name, quoted, plain in _PARAMETER.findall(found[2])
    ]
    parameters = dict(pairs)
    if len(parameters) < len(pairs) or parameters.get("charset", "utf-8").lower() != "utf-8":
        raise ValueError("its Content-Type says something twice, or names a charset but UTF-8")
    return found[1].lower(), parameters
