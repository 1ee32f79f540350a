"""Every endpoint for operators, topic by topic, in the order of the docs."""

from __future__ import annotations

from gateway.console.api import (
    approvals,
    asking,
    directory,
    people,
    policies,
    preferences,
    sessions,
)
from gateway.console.api.endpoint import ApiEndpoint

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    *directory.ENDPOINTS,
    *sessions.ENDPOINTS,
    *policies.ENDPOINTS,
    *approvals.ENDPOINTS,
    *asking.ENDPOINTS,
    *preferences.ENDPOINTS,
    *people.ENDPOINTS,
)
