from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gateway.config.compiled import PathText
from gateway.config.values import (
    Address,
    Bytes,
    Host,
    HostPattern,
    Listen,
    Network,
    Origin,
    OriginUrl,
    Seconds,
)


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Seconds, "500ms", 0.5),
        (Seconds, "1.5s", 1.5),
        (Seconds, "10m", 600.0),
        (Seconds, "8h", 28800.0),
        (Seconds, "7d", 604800.0),
        (Bytes, "512B", 512),
        (Bytes, "64KiB", 65536),
        (Bytes, "1GiB", 1 << 30),
        (Host, "CRM.Example.com", "crm.example.com"),
        (Host, "127.0.0.1", "127.0.0.1"),
        (Host, "[::1]", "[::1]"),
        (HostPattern, "*.crm.localhost", "*.crm.localhost"),
        (Listen, "127.0.0.1:0", Address("127.0.0.1", 0)),
        (Listen, "[::]:8080", Address("::", 8080)),
        (OriginUrl, "http://crm:8000", Origin("http", "crm", 8000)),
        (OriginUrl, "http://crm/", Origin("http", "crm", 80)),
        (OriginUrl, "https://[::1]", Origin("https", "::1", 443)),
        (Network, "10.0.0.5", "10.0.0.5/32"),
        (Network, "fd00::/8", "fd00::/8"),
        (PathText, "/api/**", "/api/**"),
    ],
)
def test_what_people_write_is_read(kind: Any, text: str, value: object) -> None:
    assert read(kind, text) == value


@pytest.mark.parametrize("text", ["127.0.0.1:0", "[::1]:8080", "gateway:80"])
def test_an_address_is_written_as_it_is_read(text: str) -> None:
    assert str(read(Listen, text)) == text


@pytest.mark.parametrize("text", ["http://crm:80", "https://[::1]:443", "https://10.0.0.1:8443"])
def test_an_origin_is_written_as_it_is_read(text: str) -> None:
    assert str(read(OriginUrl, text)) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Seconds, "30"),
        (Seconds, 30),
        (Seconds, "0s"),
        (Seconds, "-1s"),
        (Seconds, "30 s"),
        (Seconds, "1h30m"),
        (Seconds, "inf"),
        (Seconds, True),
        (Bytes, 1024),
        (Bytes, "1MB"),
        (Bytes, "1.5MiB"),
        (Bytes, "0B"),
        (Host, "crm.example.com:8080"),
        (Host, "https://crm"),
        (Host, "crm.example.com."),
        (Host, "crm_1.example.com"),
        (Host, "-crm"),
        (Host, "*.crm"),
        (Host, ""),
        (Host, None),
        (Host, "bücher.example"),
        (Host, "a." * 127 + "com"),
        (HostPattern, "crm.example.com"),
        (HostPattern, "*crm.example.com"),
        (HostPattern, "*.*.example.com"),
        (Listen, "8080"),
        (Listen, ":8080"),
        (Listen, "127.0.0.1:70000"),
        (Listen, "127.0.0.1:+80"),
        (Listen, 8080),
        (OriginUrl, "http://crm/app"),
        (OriginUrl, "http://user:password@crm"),
        (OriginUrl, "http://crm?x"),
        (OriginUrl, "http://crm:99999"),
        (OriginUrl, "http://crm:0"),
        (OriginUrl, "http://[::1"),
        (OriginUrl, "http://:80"),
        (OriginUrl, "ftp://crm"),
        (OriginUrl, "crm:8000"),
        (Network, "0.0.0.0/0"),
        (Network, "::/0"),
        (Network, "10.0.0.1/8"),
        (Network, "crm.example.com"),
        (Network, 167772165),
        (PathText, "api"),
        (PathText, "/a*"),
    ],
)
def test_what_is_not_clear_is_refused(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        read(kind, value)


@given(st.sampled_from([Seconds, Bytes, Host, HostPattern, Listen, OriginUrl, Network]), st.text())
def test_no_text_does_anything_but_read_or_be_refused(kind: Any, text: str) -> None:
    with contextlib.suppress(ValidationError):
        read(kind, text)
