"""The headers that sign a batch, as Standard Webhooks 1.0.0 says (symmetric, `v1`). Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64


def secret_in(text: str) -> bytes:
    """The key of a secret as it is written: `whsec_` and base64.

    Raises:
        ValueError: it is none, or is too short to sign with.
    """
    written = text.strip()
    try:
        key = base64.b64decode(written.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not written.startswith(_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(f"a secret is {_PREFIX} and 24 to 64 bytes in base64")
    return key


def signed(body: bytes, key: bytes, at: int) -> dict[str, str]:
    """The headers of a POST of `body` that is made `at` (seconds since the epoch).

    The id is the body's own hash: what is sent again has the id that it had, from whatever process
    it comes, so the receiver can drop it.
    """
    name = f"msg_{sha256(body).hexdigest()[:40]}"
    return {
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(name, at, body, key),
    }


def signature(name: str, at: int, body: bytes, key: bytes) -> str:
    """Sign a message of this id, time and body."""
    made = hmac.digest(key, f"{name}.{at}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(made).decode()}"
