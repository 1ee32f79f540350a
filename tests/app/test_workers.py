"""Several workers as one gateway: who takes what, when one is followed, what they count."""

from __future__ import annotations

import os
import socket
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gateway.app.exposition import exposition
from gateway.app.metrics import Metrics, together
from gateway.app.restarts import LONGEST_PAUSE, STEADY, Restarts, shares
from gateway.app.sockets import listening, listening_together
from gateway.app.start import processes
from gateway.config.values import Workers
from gateway.errors import GatewayError


def test_auto_is_one_for_each_cpu_that_this_process_may_use() -> None:
    assert processes("auto") == len(os.sched_getaffinity(0))
    assert processes(3) == 3


@pytest.mark.parametrize(("said", "meant"), [(1, 1), (16, 16), ("4", 4), ("auto", "auto")])
def test_a_number_of_workers_is_written_as_a_number_or_auto(said: object, meant: object) -> None:
    assert TypeAdapter(Workers).validate_python(said) == meant


@pytest.mark.parametrize("said", [0, -1, 1000, 1.5, True, None, "", "many", "04", " 4"])
def test_anything_else_is_refused(said: object) -> None:
    with pytest.raises(ValidationError, match="from 1 to 999, or auto"):
        TypeAdapter(Workers).validate_python(said)


def test_the_first_end_is_followed_at_once_and_quick_ones_slower_and_slower() -> None:
    restarts = Restarts()
    pauses = [restarts.after(0.2) for _ in range(10)]
    assert pauses[0] == 0
    assert all(
        0 < one < other or one == other == LONGEST_PAUSE for one, other in pairwise(pauses[1:])
    )
    assert pauses[-1] == LONGEST_PAUSE
    assert restarts.after(STEADY) == 0
    assert 0 < restarts.after(0.2) < 1


@given(st.integers(1, 20).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_each_socket_is_taken_by_one_who_serves_and_everybody_has_their_own(
    case: tuple[int, set[int]],
) -> None:
    count, serving = case
    given_out = shares(count, sorted(serving))
    assert set(given_out) == serving
    assert all(own in given_out[own] for own in serving)
    if serving:
        assert sorted(each for share in given_out.values() for each in share) == list(range(count))
        sizes = [len(share) for share in given_out.values()]
        assert max(sizes) - min(sizes) <= 1, "the load of who is gone is spread"


def test_what_workers_count_is_added_up_and_what_one_says_of_all_holds_for_all() -> None:
    one = Metrics(requests={"governed": 5, "refused": 1}, pending=2, connected=True, connections=3)
    two = Metrics(requests={"governed": 7}, away=True, connected=False, under_way=4, connections=1)
    assert together([one, two], {"governed": 100}, serving=2, replaced=1) == Metrics(
        requests={"governed": 112, "refused": 1},
        pending=2,
        away=True,
        connected=False,
        under_way=4,
        connections=4,
        workers=2,
        replaced=1,
    )
    nobody = together([], {"governed": 112}, serving=0, replaced=3)
    assert (nobody.requests, nobody.connected) == ({"governed": 112}, False)


def test_prometheus_reads_them() -> None:
    lines = exposition(Metrics(requests={"governed": 5}, workers=2, replaced=1)).decode()
    for line in (
        'gateway_requests_total{kind="governed"} 5.0',
        "gateway_workers 2.0",
        "gateway_workers_replaced_total 1.0",
    ):
        assert line in lines.splitlines()


def port_of(opened: socket.socket) -> int:
    port: int = opened.getsockname()[1]
    return port


def test_workers_share_an_address_that_is_nobody_elses() -> None:
    sockets = listening_together("127.0.0.1", 0, 3)
    port = port_of(sockets[0])
    try:
        assert {port_of(each) for each in sockets} == {port}
        for others in (
            lambda: listening_together("127.0.0.1", port, 3),
            lambda: listening("127.0.0.1", port),
        ):
            with pytest.raises(GatewayError, match="Address already in use") as refused:
                others()
            assert refused.value.code == "listen"
    finally:
        for each in sockets:
            each.close()


def test_an_address_of_another_machine_is_one_clear_error() -> None:
    with pytest.raises(GatewayError, match=r"Nothing can listen on 192\.0\.2\.1:8080"):
        listening_together("192.0.2.1", 8080, 2)
