from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import ConfigError
from gateway.config.values import Origin
from tests.config.support import faults, read


def test_a_variable_goes_before_the_file(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        lambda config: config.update(prefix="/a/"),
        {
            "GATEWAY_PREFIX": "/b/",
            "GATEWAY_AUDIT__SHARDS": "4",
            "GATEWAY_SESSIONS__IDLE": "1m",
            "GATEWAY_SITES__0__UPSTREAM__URL": "http://crm:8000",
            "GATEWAY_TRUSTED_PEERS": "[10.0.0.0/8, 192.168.0.1]",
            "OTHER_PREFIX": "/c/",
        },
    )
    assert config.prefix == "/b/"
    assert config.audit.shards == 4
    assert config.sessions.idle == 60
    assert config.sites[0].upstream.url == Origin("http", "crm", 8000)
    assert config.trusted_peers == ("10.0.0.0/8", "192.168.0.1/32")


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("redis://:a:b#c@store:6379\n")
    config = read(tmp_path, environment={"GATEWAY_STORE__URL_FILE": str(tmp_path / "secret")})
    assert config.store.url == "redis://:a:b#c@store:6379"


def test_a_key_that_ends_in_file_is_itself(tmp_path: Path) -> None:
    config = read(tmp_path, environment={"GATEWAY_SITES__0__UPSTREAM__CA_FILE": "ca.pem"})
    assert config.sites[0].upstream.ca_file == tmp_path / "ca.pem"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GATEWAY_STORE_URL", "embedded", "no key of the config has this name"),
        ("GATEWAY_PORT", "tcp://10.0.0.1:80", "no key of the config has this name"),
        ("GATEWAY_", "x", "no key of the config has this name"),
        ("GATEWAY_NO_FILE", "x", "no key of the config has this name"),
        ("GATEWAY_SITES__9__NAME", "x", "the file has no place for it"),
        ("GATEWAY_STORE__URL_FILE", "/nowhere", "its file cannot be read"),
        ("GATEWAY_TRUSTED_PEERS", "[", "this is not YAML"),
    ],
)
def test_a_variable_that_cannot_be_used_is_refused(
    tmp_path: Path, name: str, value: str, message: str
) -> None:
    assert faults(tmp_path, environment={name: value})[name].startswith(message)


def test_a_variable_and_its_file_together_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("embedded")
    told = faults(
        tmp_path,
        environment={
            "GATEWAY_STORE__URL": "embedded",
            "GATEWAY_STORE__URL_FILE": str(tmp_path / "secret"),
        },
    )
    assert told == {"GATEWAY_STORE__URL_FILE": "GATEWAY_STORE__URL says this too"}


def test_a_fault_in_a_variable_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, environment={"GATEWAY_SITES__0__UPSTREAM": "{url: x, connect_timeout: 10}"})
    name = "GATEWAY_SITES__0__UPSTREAM"
    assert [(each.source, each.line, each.key) for each in caught.value.faults] == [
        (name, 0, "sites[0].upstream.url"),
        (name, 0, "sites[0].upstream.connect_timeout"),
    ]
