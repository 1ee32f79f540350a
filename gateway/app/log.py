"""How the gateway logs."""

from __future__ import annotations

import sys

import structlog
from structlog.typing import EventDict


def log_as_json(**always: object) -> None:
    """Write logs as one line of ASCII JSON each, to standard error (threat row 47).

    Each line is one write: of several processes that share standard error none cuts another's.

    Args:
        always: what every line says, such as which worker it is of.
    """

    def say_always(logger: object, method: str, event: EventDict) -> EventDict:
        event.update(always)
        return event

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            say_always,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
