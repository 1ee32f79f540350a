from __future__ import annotations

import json
import re
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.bodies.secret_names import HiddenNames, is_secret

SECRETS = (
    "password", "PASSWD", "new_password", "passwordConfirmation", "user[password]", "csrf-token",
    "access_token", "refreshToken", "api_key", "apiKey", "API-KEY", "x-api-key", "Authorization",
    "client_secret", "otp", "otpCode", "user_pin", "PIN", "cvv", "CVC2", "idToken", "session_id",
    "private.key", "ｐａｓｓｗｏｒｄ", "pass", "x" * 300,
)  # fmt: skip
OTHERS = ("name", "page", "sort", "shipping", "passenger", "opinion", "inside", "key", "card", "q")


@pytest.mark.threat(47)
@pytest.mark.parametrize("name", SECRETS, ids=lambda name: name[:20])
def test_row_47_names_of_secrets_are_known_in_any_spelling(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_are_not_taken_for_secrets(name: str) -> None:
    assert not is_secret(name)
    assert not HiddenNames().are_given_in(f"{name}=x")


def test_further_names_are_hidden_in_any_spelling_and_with_what_stands_below_them() -> None:
    names = HiddenNames(["home_address"])
    assert all(map(names.hides, ("homeAddress", "user[home-address]", "home_address.street")))
    assert not names.hides("address")
    assert names.and_also(["street"]).hides("home address")


WAYS = (
    lambda name, value: f"{name}={value}",
    lambda name, value: f"--{name}={value}",
    lambda name, value: f"a: 1; {name} : {value}",
    lambda name, value: json.dumps({name: value}),
    lambda name, value: json.dumps(json.dumps({name: value})),
    lambda name, value: quote(json.dumps({name: value})),
    lambda name, value: f"&quot;{name}&quot;: {value}",
    lambda name, value: "".join(f"\\u{ord(each):04x}" for each in f"{name}:{value}"),
    lambda name, value: f"<{name}>{value}</{name}>",
    lambda name, value: f"https://a.example/b?c=d&{name}={value}#e",
    lambda name, value: f"mutation {{ login({name}: {value}) {{ id }} }}",
    lambda name, value: f"{{'{name}': '{value}'}}",
    lambda name, value: f'form["{name}"] = "{value}"',
    lambda name, value: f'{{["{name}"]: "{value}"}}',
    lambda name, value: f'{name} += "{value}"',
    lambda name, value: f'storage.setItem("{name}", "{value}")',
    lambda name, value: f'{name}/* the old one */ = // why\n"{value}"',
)


@pytest.mark.threat(47)
@given(
    st.sampled_from([name for name in SECRETS if re.fullmatch(r"[\w.\[\]-]+", name)]),
    st.sampled_from(WAYS),
    st.text("ab \n{[", max_size=5),
)
def test_row_47_a_text_that_gives_a_secret_is_found(name: str, way: object, before: str) -> None:
    assert callable(way)
    assert HiddenNames().are_given_in(f"{before} {way(name, 'x')}")


@pytest.mark.parametrize(
    "text",
    ["a.", "a", "a ", "a\\", "%25", "&amp;", "-", "[", "a=", "a:$",
     "\\", "a/*", "a//", "a/", "a+"])  # fmt: skip
def test_a_long_text_takes_no_longer_than_its_length(text: str) -> None:
    def seconds(size: int) -> float:
        begun = time.process_time()
        HiddenNames().are_given_in(text * (size // len(text)) + "&")
        return time.process_time() - begun

    assert seconds(1 << 17) < 2
