"""The table of drivers: each settings' type builds its driver, and no two set one header."""

from __future__ import annotations

import pytest

from gateway.identity.drivers import build_drivers
from gateway.identity.headers import HeaderSettings, HeaderValue
from gateway.identity.jwt import JwtSettings
from gateway.identity.keys import new_ring
from tests.sample import NOW, SESSION

RING = new_ring("ES256", NOW)
HEADERS = HeaderSettings(headers={"X-Remote-User": HeaderValue(value="{subject.id}")})


def token_in(header: str) -> JwtSettings:
    return JwtSettings(header=header, audience="crm", issuer="gw", lifetime_ms=60_000)


def test_each_settings_type_builds_its_driver() -> None:
    drivers = build_drivers([HEADERS, token_in("X-Identity")], lambda: RING)
    assert [driver.managed for driver in drivers] == [("X-Remote-User",), ("X-Identity",)]
    names = [name for driver in drivers for name, _ in driver.edits(SESSION, NOW)]
    assert names == [b"X-Remote-User", b"X-Identity"]


@pytest.mark.threat(2)
def test_row_2_two_drivers_cannot_set_one_header() -> None:
    with pytest.raises(ValueError, match="two identity drivers"):
        build_drivers([HEADERS, token_in("x_remote_user")], lambda: RING)
