"""The stage that asks a site about a request's target."""

from __future__ import annotations

import pytest

from gateway.errors import ClientError
from gateway.middleware.check_target import check_target
from tests.middleware.support import a_draft, with_target


@pytest.mark.threat(10)
def test_row_10_the_stage_asks_the_requests_own_site() -> None:
    with pytest.raises(ClientError) as fault:
        check_target(a_draft(target="/a%2fb"))
    assert (fault.value.status, fault.value.code) == (400, "ambiguous_target")
    check_target(a_draft(target="/a%2fb", site=with_target("%2F")))
