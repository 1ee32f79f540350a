"""A site of the config, compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.app.sites import compile_site, upstream_settings
from gateway.errors import GatewayError
from gateway.identity.keys import Algorithm, KeyRing
from gateway.middleware.proofs import Proofs
from gateway.model import Mode
from gateway.site import Site
from tests.config.support import read


def no_ring(algorithm: Algorithm) -> KeyRing:
    raise AssertionError(algorithm)


def compiled(folder: Path, **said: Any) -> Site:
    """The small config's site, with these keys over it."""
    (site,) = read(folder, lambda config: config["sites"][0].update(said)).sites
    return compile_site(
        site, issuer="https://acting", ring=no_ring, redaction_key=bytes(32), proofs=Proofs()
    )


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", 8000, False),
        ("http://app", "app", 80, False),
        ("https://App.example.com/", "app.example.com", 443, True),
        ("https://[::1]:8443", "::1", 8443, True),
    ],
)
def test_an_app_is_where_its_url_says(
    tmp_path: Path, url: str, host: str, port: int, tls: bool
) -> None:
    (site,) = read(tmp_path, lambda config: config["sites"][0]["upstream"].update(url=url)).sites
    settings = upstream_settings(site.upstream)
    assert (settings.host, settings.port, settings.tls) == (host, port, tls)


def test_what_a_config_leaves_out_has_a_name_all_the_same(tmp_path: Path) -> None:
    site = compiled(tmp_path, categories={"notes": "", "mails": "E-mails"})
    assert (site.label, site.canonical, site.session_suffix) == ("crm", *["crm.example.com"] * 2)
    assert site.categories == {"notes": "notes", "mails": "E-mails"}
    assert site.directory.user("jonas") is not None


def test_an_endpoint_of_graphql_takes_posts_and_its_list_of_documents(tmp_path: Path) -> None:
    (tmp_path / "documents.json").write_text('{"a": "query A { a }"}')
    listed = str(tmp_path / "documents.json")
    site = compiled(tmp_path, graphql=[{"path": "/graphql", "persisted": listed}])
    (endpoint,) = site.graphql
    assert (endpoint.introspection, endpoint.persisted) == (False, {"a": "query A { a }"})
    assert site.rules.decide("POST", "/graphql", Mode.READ_ONLY).allowed
    assert not site.rules.decide("POST", "/graphql/", Mode.READ_ONLY).allowed


@pytest.mark.parametrize("text", ["[]", '{"a": 1}', '{"a": "{"}', '{"a": "{a}", "a": "{b}"}', "{"])
def test_a_list_of_documents_that_cannot_be_read_is_a_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "documents.json").write_text(text)
    listed = str(tmp_path / "documents.json")
    with pytest.raises(GatewayError, match="Site crm cannot be served"):
        compiled(tmp_path, graphql=[{"path": "/graphql", "persisted": listed}])


def test_a_directory_that_cannot_be_read_names_the_site_and_the_line(tmp_path: Path) -> None:
    config = read(tmp_path)
    (tmp_path / "people.yaml").write_text("accounts: []\nusers: {}\n")
    with pytest.raises(GatewayError) as refused:
        compile_site(
            config.sites[0], issuer="", ring=no_ring, redaction_key=bytes(32), proofs=Proofs()
        )
    assert refused.value.code == "config"
    assert "Site crm cannot be served" in refused.value.detail
    assert "people.yaml:2: users: must be a list" in refused.value.detail
