from __future__ import annotations

import pytest

from gateway.audit.trace import trace_id

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "said",
    [f"00-{TRACE}-{SPAN}-01", f" 00-{TRACE}-{SPAN}-00\t", f"cc-{TRACE}-{SPAN}-01-what-comes"],
)
def test_a_request_says_which_trace_it_belongs_to(said: str) -> None:
    assert trace_id(said.encode()) == TRACE


@pytest.mark.parametrize(
    "said",
    [
        "",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
        f"cc-{TRACE}-{SPAN}-01x",
    ],
)
def test_what_is_no_trace_is_not_taken_for_one(said: str) -> None:
    assert trace_id(said.encode()) == ""
