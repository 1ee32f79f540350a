from __future__ import annotations

import pytest

from gateway.errors import GatewayError
from gateway.upstream import faults


@pytest.mark.parametrize(
    ("error", "status", "code", "may_have_been_sent"),
    [
        (faults.unreachable("x"), 502, "upstream_unreachable", False),
        (faults.connect_timed_out(), 504, "upstream_timeout", False),
        (faults.busy(), 503, "upstream_busy", False),
        (faults.closing(), 503, "upstream_closed", False),
        (faults.timed_out("x"), 504, "upstream_timeout", True),
        (faults.cut_short("x"), 502, "upstream_cut_short", True),
        (faults.malformed("x"), 502, "upstream_malformed", False),
        (faults.abandoned(), 502, "upstream_abandoned", False),
        (faults.unsafe_request("x"), 500, "unsafe_request", False),
    ],
)
def test_each_fault_says_what_it_is_and_whether_to_look_before_trying_again(
    error: GatewayError, status: int, code: str, may_have_been_sent: bool
) -> None:
    assert (error.status, error.code) == (status, code)
    assert ("look before sending it again" in error.advice) is may_have_been_sent
