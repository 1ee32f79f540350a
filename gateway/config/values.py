"""The kinds of value that a config holds beyond text and numbers.

Each is written as people write it, checked where it is read, and given on as the program needs it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_SIZE = re.compile(r"([0-9]+)(B|KiB|MiB|GiB)")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\]")


def seconds_of(value: Any) -> float:
    """Read a duration.

    Raises:
        ValueError: it is not one.
    """
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a duration is a number and a unit: 500ms, 30s, 10m, 8h or 7d")
    return float(found[1]) * _SECONDS[found[2]]


def _bytes(value: Any) -> int:
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a size is a whole number and a unit: 512B, 64KiB, 8MiB or 1GiB")
    return int(found[1]) * _BYTES[found[2]]


def default(text: Any) -> Any:
    """A default as the file would say it, so that schema and reference show it so."""
    return Field(default=text, validate_default=True)


Seconds = Annotated[
    float,
    BeforeValidator(seconds_of),
    Field(gt=0),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$", "title": "duration"}),
]
"""Written `30s`; read as seconds."""

Bytes = Annotated[
    int,
    BeforeValidator(_bytes),
    Field(gt=0),
    WithJsonSchema({"type": "string", "pattern": f"^{_SIZE.pattern}$", "title": "size"}),
]
"""Written `8MiB`; read as bytes."""


def _host(value: Any) -> str:
    name = value.lower() if isinstance(value, str) else ""
    if _HOST.fullmatch(name) is None or len(name) > 253:
        raise ValueError("a host is a name or an address, without scheme, port or path")
    return name


def _host_pattern(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("*."):
        raise ValueError('a pattern of hosts begins with "*."')
    return f"*.{_host(value[2:])}"


Host = Annotated[str, BeforeValidator(_host), WithJsonSchema({"type": "string", "title": "host"})]
"""A host name or address in lower case, without a port; an IPv6 address stands in brackets."""

HostPattern = Annotated[
    str,
    BeforeValidator(_host_pattern),
    WithJsonSchema({"type": "string", "pattern": r"^\*\..+", "title": "pattern of hosts"}),
]
"""`*.crm.example.com`: one label below the rest."""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; an IPv6 `host` is without brackets. Port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{_bracketed(self.host)}:{self.port}"


def _address(value: Any) -> Address:
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError("an address is host:port, such as 127.0.0.1:8080 or [::]:8080")
    return Address(_host(host).strip("[]"), int(port))


Listen = Annotated[
    Address,
    PlainValidator(_address),
    WithJsonSchema({"type": "string", "pattern": "^.+:[0-9]{1,5}$", "title": "host:port"}),
]


def _there(value: Any) -> Address:
    address = _address(value)
    if not address.port:
        raise ValueError("nobody listens on port 0")
    return address


There = Annotated[
    Address,
    PlainValidator(_there),
    WithJsonSchema({"type": "string", "pattern": "^.+:[0-9]{1,5}$", "title": "host:port"}),
]
"""Where another program listens."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of an app; an IPv6 `host` is without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def tls(self) -> bool:
        """Whether to speak TLS."""
        return self.scheme == "https"

    def __str__(self) -> str:
        return f"{self.scheme}://{_bracketed(self.host)}:{self.port}"


def _origin(value: Any) -> Origin:
    wrong = ValueError("an origin is http://host:port or https://host:port, and nothing after it")
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^/?#@\s]+/?", value):
        raise wrong
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise wrong from None
    if port == 0:
        raise wrong
    host = parts.hostname or ""
    _host(_bracketed(host))
    return Origin(parts.scheme, host, port or (443 if parts.scheme == "https" else 80))


OriginUrl = Annotated[
    Origin,
    PlainValidator(_origin),
    WithJsonSchema({"type": "string", "pattern": "^https?://[^/?#@]+/?$", "title": "origin"}),
]


def _page_origin(value: Any) -> str:
    origin = _origin(value)
    usual = {"http": 80, "https": 443}[origin.scheme]
    port = "" if origin.port == usual else f":{origin.port}"
    return f"{origin.scheme}://{_bracketed(origin.host)}{port}"


PageOrigin = Annotated[
    str,
    PlainValidator(_page_origin),
    WithJsonSchema({"type": "string", "pattern": "^https?://[^/?#@]+/?$", "title": "origin"}),
]
"""An origin as a browser writes it (RFC 6454, 6.2): without the port that its scheme has anyway."""


def _network(value: Any) -> str:
    try:
        network = ipaddress.ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("a peer is an address or a block of them: 10.0.0.5, 10.0.0.0/8") from None
    if network.prefixlen == 0:
        raise ValueError("this would trust everybody; name the addresses of your proxies")
    return str(network)


Network = Annotated[
    str, BeforeValidator(_network), WithJsonSchema({"type": "string", "title": "address or block"})
]
"""An IP address or CIDR block; never all of them."""


class Like:
    """Text of a form that is said in words when it is missed; the schema holds the pattern."""

    def __init__(self, pattern: str, message: str) -> None:
        self._pattern = re.compile(pattern)
        self._message = message

    def _check(self, value: str) -> str:
        if self._pattern.fullmatch(value) is None:
            raise ValueError(self._message)
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(core) | {"pattern": f"^(?:{self._pattern.pattern})$"}


AppPath = Annotated[
    str,
    Like(
        r"(?!//)(?!.*/\.{1,2}(?:[/?]|$))/[A-Za-z0-9._~!$&'()*+,;=:@/?-]*",
        "a path begins with one slash and holds no dots alone, as /api/me",
    ),
]
"""A path of the app, and perhaps a query, as on the wire."""

HeaderName = Annotated[
    str, Like(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", "a header's name has no spaces and no colon")
]
"""A field name (RFC 9110, 5.1)."""

HttpsUrl = Annotated[
    str,
    Like(
        r"https://[^\s#@]+|http://(?:localhost|127\.0\.0\.1)[:/][^\s#@]*",
        "this is an https:// address; http:// only to localhost",
    ),
]
"""An address that is only spoken to over TLS."""

Method = Annotated[
    str,
    Like(
        r"(?!CONNECT$|TRACE$)[!#$%&'*+.^_`|~0-9A-Z-]+",
        "a method is written in capitals, such as POST, or ANY; CONNECT and TRACE never pass",
    ),
]
"""An upper-case method (RFC 9110, 9.1), or `ANY`."""

Word = Annotated[
    str,
    Like(
        "[a-z0-9][a-z0-9_-]{0,62}",
        "a name is made of lower-case letters, digits, _ and -, and is at most 63 long",
    ),
]
"""A name that stands in addresses, keys and records."""


AcrValue = Annotated[
    str,
    Like(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}", "an acr has no spaces, quotes or backslashes"),
]
"""How somebody signed in, as an issuer names it (RFC 9470)."""


def _workers(value: Any) -> int | Literal["auto"]:
    if value == "auto":
        return "auto"
    if not re.fullmatch(r"[1-9][0-9]{0,2}", str(value)):
        raise ValueError("a number of workers is a whole number from 1 to 999, or auto")
    return int(value)


Workers = Annotated[
    int | Literal["auto"],
    PlainValidator(_workers),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 999}, {"const": "auto"}]}
    ),
]
"""How many processes; `auto` is for this machine to say."""

Filled = Annotated[str, Field(min_length=1)]
"""Any text but none."""


def _in_folder(value: Any, info: ValidationInfo) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("this is the path of a file or folder")
    return Path(info.context["folder"] if info.context else "", value)


def _file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    return path


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"there is no folder {path}")
    return path


_PATH_SCHEMA = WithJsonSchema({"type": "string", "title": "path"})
AnyPath = Annotated[Path, PlainValidator(_in_folder), _PATH_SCHEMA]
"""A path; a relative one starts at the config's own folder."""
FilePath = Annotated[Path, PlainValidator(_in_folder), AfterValidator(_file), _PATH_SCHEMA]


def _directory(value: Any, info: ValidationInfo) -> Path | Literal["store"]:
    return "store" if value == "store" else _file(_in_folder(value, info))


DirectorySource = Annotated[
    Path | Literal["store"],
    PlainValidator(_directory),
    WithJsonSchema({"type": "string", "title": "path, or `store`"}),
]
"""The file of a site's users, or where else they are."""
FolderPath = Annotated[Path, PlainValidator(_in_folder), AfterValidator(_folder), _PATH_SCHEMA]
