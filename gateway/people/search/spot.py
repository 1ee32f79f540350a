"""Where a page of what was found ends, as a text that leads on from there."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, NamedTuple

import msgspec

from gateway.errors import ClientError

_LONGEST: Final = 4096


class Spot(NamedTuple):
    """Behind whom to go on. `fit`: how well they fit; the rest is their place among equals."""

    fit: int
    inactive: bool
    name: str
    id: str

    @property
    def presented(self) -> tuple[bool, str, str]:
        """The place among those that fit equally well."""
        return self.inactive, self.name, self.id


_decode = msgspec.json.Decoder(tuple[int, bool, str, str], strict=True).decode


def written(spot: Spot) -> str:
    """Give a spot as a text of letters, digits, `-` and `_`."""
    return urlsafe_b64encode(msgspec.json.encode(tuple(spot))).rstrip(b"=").decode()


def read_spot(text: str) -> Spot | None:
    """Read such a text; None for an empty one, which is where everything begins.

    Raises:
        ClientError: `bad_fields`, it is none.
    """
    if not text:
        return None
    try:
        if len(text) > _LONGEST:
            raise ValueError
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return Spot(*_decode(urlsafe_b64decode(padded)))
    except (ValueError, msgspec.DecodeError):
        raise ClientError(
            "bad_fields", "`after` is not what an earlier page gave.", "Begin anew without it."
        ) from None
