from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import ConfigError, load
from gateway.config.values import Address, Origin
from tests.config.support import put, read

FULL = """\
listen: 0.0.0.0:8080
ops_listen: 127.0.0.1:9090
public_scheme: https
trusted_peers: [10.0.0.0/8]
data_dir: data
console:
  host: acting.example.com
prefix: /_gateway/
store:
  url: redis://store.internal:6379/0
  fsync: always
  port: 0
audit:
  shards: 4
  timeout: 500ms
sessions: {lifetime: 1h, idle: 5m, reason_min_length: 12}
operators: operators.yaml
sign_in:
  local: {}
  trusted_header: {name: X-Auth-User, peers: [10.0.0.5]}
  jwt:
    issuer: https://idp.example.com
    audience: gateway
    algorithm: RS256
    jwks_url: https://idp.example.com/jwks
policies: {folder: policies/}
sites:
  - name: crm
    label: Customers
    hosts: [CRM.example.com, www.example.com]
    upstream:
      url: https://10.1.0.7
      server_name: crm.internal
      ca_file: ca.pem
      connect_timeout: 1.5s
      read_timeout: 2m
      max_connections: 64
    isolation: host
    session_hosts: "*.act.example.com"
    directory: people.yaml
    identity:
      headers:
        X-Remote-User: "{subject.id}"
        X-Remote-Groups: {value: "{subject.groups}", join: ","}
      jwt: {header: X-Identity, audience: crm}
      trusted_from: [10.0.0.5, "fd00::/8"]
    allow_headers: [X_Legacy]
    allow_target: ["%2f", "//"]
    max_body: 2GiB
    rules:
      - {id: search, allow: [POST], path: /api/search}
      - {id: sign_out, block: [ANY], path: /logout}
    categories: {private_notes: Private notes}
    redaction:
      - id: notes
        category: private_notes
        json: ["$..private_notes"]
        html: [".private-note"]
        paths: ["/**"]
"""


def test_a_whole_config_is_read(tmp_path: Path) -> None:
    config = load(put(tmp_path, FULL), {})
    assert config.listen == Address("0.0.0.0", 8080)
    assert config.data_dir == tmp_path / "data"
    assert config.policies.folder == tmp_path / "policies"
    assert config.audit.timeout == 0.5
    assert (config.sessions.lifetime, config.sessions.idle) == (3600, 300)
    assert config.sign_in.local is not None
    assert config.sign_in.jwt is not None
    assert config.sign_in.jwt.claim == "sub"
    (site,) = config.sites
    assert site.hosts == ("crm.example.com", "www.example.com")
    assert site.upstream.url == Origin("https", "10.1.0.7", 443)
    assert site.upstream.url.tls
    assert site.upstream.ca_file == tmp_path / "ca.pem"
    assert site.session_suffix == "act.example.com"
    assert site.identity.headers["X-Remote-User"].value == "{subject.id}"
    assert site.identity.headers["X-Remote-Groups"].join == ","
    assert site.max_body == 2 << 30
    assert site.rules[1].block == ("ANY",)
    assert site.redaction[0].json_paths == ("$..private_notes",)


def test_the_least_config_trusts_nobody_and_listens_to_this_machine(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert config.listen == Address("127.0.0.1", 8080)
    assert config.trusted_peers == ()
    assert config.sites[0].identity.trusted_from == ()
    assert config.sign_in.trusted_header is None
    assert config.sites[0].session_suffix == "crm.example.com"


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = """\
listen: 8080
lisen: 1
console: {host: "https://x"}
sign_in: {local: {}}
store:
  url: redis
sites:
  - name: crm
    hosts: [crm.example.com]
    upstrem: {url: "http://127.0.0.1:1"}
    directory: nowhere.yaml
    identity: {headers: {X-Remote-User: "{subject.id}"}}
    redaction:
      - {id: a, category: notes, html: [".a"]}
"""
    path = put(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value).replace(str(tmp_path), "").splitlines() == [
        "/gateway.yaml:1: listen: an address is host:port, such as 127.0.0.1:8080 or [::]:8080",
        "/gateway.yaml:2: lisen: there is no such key (did you mean listen?)",
        "/gateway.yaml:3: console.host: "
        "a host is a name or an address, without scheme, port or path",
        "/gateway.yaml:6: store.url: "
        "a store is embedded, redis://host:port, rediss://host:port, unix:///path, "
        "redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/master",
        "/gateway.yaml:8: sites[0].upstream: this key is required",
        "/gateway.yaml:10: sites[0].upstrem: there is no such key (did you mean upstream?)",
        "/gateway.yaml:11: sites[0].directory: there is no file /nowhere.yaml",
        "/gateway.yaml:14: sites[0].redaction[0].category: "
        "this is not one of the site's categories",
    ]


def test_an_unknown_key_without_a_near_one_lists_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, lambda config: config["console"].update(colour="red"))
    assert caught.value.faults[0].hint == "known here: host, return_to"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1", "this is not YAML: while parsing a flow sequence"),
        ("a: b: c", "this is not YAML: mapping values are not allowed here"),
        ("a: \x07", "this is not YAML: "),
        ("--- 1\n--- 2", "this is not YAML: expected a single document in the stream"),
    ],
)
def test_what_is_not_yaml_is_told_alone(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(put(tmp_path, text), {})
    (fault,) = caught.value.faults
    assert fault.message.startswith(message)


@pytest.mark.parametrize("text", ["[]", "just text", "1"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="should be a mapping, of keys and their values"):
        load(put(tmp_path, text), {})


def test_an_empty_file_is_told_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="console: this key is required"):
        load(put(tmp_path, ""), {})


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gateway\.yaml: cannot be read: No such file"):
        load(tmp_path / "gateway.yaml", {})


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = put(tmp_path, "")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load(path, {})


def test_the_stores_password_is_in_no_repr_and_in_no_fault(tmp_path: Path) -> None:
    secret = "hunter2"
    config = read(tmp_path, environment={"GATEWAY_STORE__URL": f"redis://:{secret}@store:6379"})
    assert secret in config.store.url
    assert secret not in repr(config)
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, environment={"GATEWAY_STORE__URL": f"redys://:{secret}@store:6379"})
    assert secret not in str(caught.value)
