"""What says that somebody acts is found in cookies, tokens and headers."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.carried import has_session_cookies, names_actor

ACTORS = frozenset((b"x-acting",))


def token(claims: dict[str, Any]) -> bytes:
    return jwt.encode(claims, "k" * 32, "HS256").encode()


ACTING = token({"sub": "jonas", "act": {"sub": "ada"}})
HIMSELF = token({"sub": "jonas"})
UNSIGNED = b".".join(
    base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=")
    for each in ({"alg": "none"}, {"act": {"sub": "ada"}})
)


@pytest.mark.parametrize(
    "cookie",
    [
        b"__Host-gateway_session=x",
        b"a=1; __Host-gateway_session=x",
        b"a=1;__host-GATEWAY_jar=",
        b'"__Host-gateway_operator"=x',
        b"__Host-gateway_app|k|%2F|n=v",
        b"__Host-gateway_",
    ],
)
def test_every_cookie_of_the_gateway_is_seen(cookie: bytes) -> None:
    assert has_session_cookies(((b"cOOkie", cookie),))
    assert has_session_cookies(((b"Cookie", b"b=2"), (b"Cookie", cookie)))
    assert not has_session_cookies(((b"X-Cookie", cookie),))


def test_the_apps_own_cookies_are_not_ours() -> None:
    assert not has_session_cookies(((b"Cookie", b"session=__Host-gateway_session; gateway=1"),))


@pytest.mark.parametrize(
    "field",
    [
        (b"Authorization", b"Bearer " + ACTING),
        (b"Authorization", b"bearer  " + ACTING),
        (b"Authorization", b"Bearer " + UNSIGNED + b"."),
        (b"X-Token", ACTING),
        (b"Cookie", b"a=1; jwt=" + ACTING),
        (b"Cookie", b'jwt="' + ACTING + b'"'),
        (b"X-Acting", b"ada"),
        (b"x-ACTING", b"ada"),
    ],
)
def test_who_acts_is_found_wherever_it_is_said(field: tuple[bytes, bytes]) -> None:
    assert names_actor((field,), ACTORS)


@pytest.mark.parametrize(
    "field",
    [
        (b"Authorization", b"Bearer " + HIMSELF),
        (b"Authorization", b"Basic YTpi"),
        (b"Cookie", b"jwt=" + HIMSELF + b"; a.b.c=a.b.c"),
        (b"X-Acting", b" "),
        (b"X-Token", b"a.b.c"),
        (b"X-Token", b"a" * 20_000 + b".b.c"),
    ],
)
def test_a_user_who_says_who_they_are_does_not_act(field: tuple[bytes, bytes]) -> None:
    assert not names_actor((field,), ACTORS)


@given(st.lists(st.tuples(st.sampled_from((b"Cookie", b"A", b"Authorization")), st.binary())))
def test_nothing_that_is_sent_breaks_the_reader(headers: list[tuple[bytes, bytes]]) -> None:
    assert names_actor(tuple(headers), ACTORS) is False
    has_session_cookies(tuple(headers))
