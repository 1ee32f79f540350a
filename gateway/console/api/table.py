"""Every endpoint for operators, topic by topic, in the order of the docs."""

from __future__ import annotations

from gateway.console.api import (
    accounts,
    approvals,
    asking,
    directory,
    outlook,
    people,
    policies,
    preferences,
    sessions,
    shortlists,
)
from gateway.console.api.endpoint import ApiEndpoint

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    *directory.ENDPOINTS,
    *accounts.ENDPOINTS,
    *shortlists.ENDPOINTS,
    *outlook.ENDPOINTS,
    *sessions.ENDPOINTS,
    *policies.ENDPOINTS,
    *approvals.ENDPOINTS,
    *asking.ENDPOINTS,
    *preferences.ENDPOINTS,
    *people.ENDPOINTS,
)
