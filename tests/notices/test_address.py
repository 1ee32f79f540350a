"""Addresses: one, and nothing that a header or a command could take for more."""

from __future__ import annotations

from email.headerregistry import Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.notices.address import is_address


@pytest.mark.parametrize(
    "text",
    ["nina@nordlicht.example", "a.b+c@x-y.example", "o'neil@xn--mnchen-3ya.example", "root@mail"],
)
def test_what_is_an_address(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nina",
        "@x.example",
        "nina@",
        "nina@x..example",
        ".nina@x.example",
        "nina.@x.example",
        "nina@-x.example",
        "nina@x.example\n",
        "nina@x.example\r\nBcc: all@x.example",
        "nina@x.example, all@x.example",
        "nina@x.example>",
        "Nina <nina@x.example>",
        '"nina"@x.example',
        "nina@[127.0.0.1]",
        "ni na@x.example",
        "nína@x.example",
        "nina@münchen.example",
        f"{'a' * 65}@x.example",
        f"nina@{'a' * 64}.example",
        f"nina@{'.'.join(['a' * 60] * 5)}",
    ],
)
def test_what_is_none(text: str) -> None:
    assert not is_address(text)


@given(st.text(max_size=40) | st.from_regex(r"[!-~]{1,20}@[!-~]{1,20}"))
def test_what_is_taken_is_taken_for_one_address_by_others_too(text: str) -> None:
    if is_address(text):
        assert Address(addr_spec=text).addr_spec == text
        assert not set(text) & set(' \r\n\t<>,;:"()[]\\')
