"""Every endpoint for operators, topic by topic, in the order of the docs."""

from __future__ import annotations

from gateway.console.api import (
    accounts,
    approvals,
    asking,
    directory,
    exports,
    history,
    outlook,
    people,
    policies,
    preferences,
    sessions,
    shortlists,
    system,
)
from gateway.console.api.endpoint import ApiEndpoint

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    *directory.ENDPOINTS,
    *accounts.ENDPOINTS,
    *shortlists.ENDPOINTS,
    *outlook.ENDPOINTS,
    *sessions.ENDPOINTS,
    *history.ENDPOINTS,
    *exports.ENDPOINTS,
    *system.ENDPOINTS,
    *policies.ENDPOINTS,
    *approvals.ENDPOINTS,
    *asking.ENDPOINTS,
    *preferences.ENDPOINTS,
    *people.ENDPOINTS,
)
