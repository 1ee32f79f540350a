"""Patterns that run in time linear in the text, whatever they say (RE2)."""

from __future__ import annotations

from typing import Any

import re2  # type: ignore[import-untyped]  # it ships no types


def linear_pattern(said: str) -> Any:
    """Compile a pattern of RE2, with the methods of one of `re`.

    Raises:
        ValueError: RE2 cannot run it.
    """
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        return re2.compile(said, options)
    except re2.error as fault:
        why = fault.args[0].decode(errors="replace") if fault.args else ""
        raise ValueError(f"no pattern that RE2 can run: {why}") from None
