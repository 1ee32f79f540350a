"""A form that may only read must not ask the app to treat it as another method (threat row 24)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from gateway.errors import Refused
from gateway.middleware.draft import Draft
from gateway.model import Mode

_FORMS: Final = (b"application/x-www-form-urlencoded", b"multipart/form-data")
_OVERRIDE: Final = re.compile(rb"[_.\[ +-]method|x-http-method|x-method-override", re.IGNORECASE)


def sends_form(draft: Draft, mode: Mode) -> bool:
    """Say whether a request that a rule let pass in read-only mode carries a form."""
    if mode is not Mode.READ_ONLY:
        return False
    kind = draft.fields.get(b"content-type", b"").lower().lstrip()
    return not kind or kind.startswith(_FORMS)


def refuse_form_override(body: bytes) -> None:
    """Refuse a form whose bytes hold a field that frameworks take for the method.

    It is looked for anywhere, also in values: a form parser can be led astray, a search cannot.

    Raises:
        Refused: 403 `method_override`.
    """
    if _OVERRIDE.search(body) or _OVERRIDE.search(unquote_to_bytes(unquote_to_bytes(body))):
        raise Refused(
            "method_override",
            "The form asks the app to treat it as another method.",
            "In look-only mode each request must be what it says.",
            title="This was not sent to the app",
        )
