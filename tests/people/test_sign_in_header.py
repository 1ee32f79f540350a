"""Sign-in by a trusted header."""

from __future__ import annotations

import pytest

from gateway.errors import ClientError
from gateway.people.sign_in_header import HeaderSignIn

PROXY = "10.0.0.5"
SIGN_IN = HeaderSignIn("X-Auth-User", {PROXY})


@pytest.mark.parametrize("name", [b"X-Auth-User", b"x-auth-user"])
def test_the_listed_peer_says_who_it_is(name: bytes) -> None:
    assert SIGN_IN.operator_id(((b"Accept", b"*/*"), (name, "özlem".encode())), PROXY) == "özlem"


@pytest.mark.threat(5)
@pytest.mark.parametrize("peer", ["10.0.0.6", "127.0.0.1", ""])
def test_row_5_from_other_peers_the_header_means_nothing(peer: str) -> None:
    assert SIGN_IN.operator_id(((b"X-Auth-User", b"ada"),), peer) is None


@pytest.mark.parametrize("headers", [(), ((b"X-Auth-User", b""),)])
def test_without_the_header_nobody_is_proven(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    assert SIGN_IN.operator_id(headers, PROXY) is None


@pytest.mark.threat(1)
@pytest.mark.parametrize("name", [b"X_Auth_User", b"X.Auth.User", b"x-auth_user"])
def test_row_1_an_alias_is_refused(name: bytes) -> None:
    with pytest.raises(ClientError) as error:
        SIGN_IN.operator_id(((name, b"ada"),), PROXY)
    assert error.value.status == 400


@pytest.mark.threat(3)
@pytest.mark.parametrize("name", [b"X-Auth-User", b"x-auth-user", b"X_Auth_User"])
def test_row_3_two_of_them_are_refused(name: bytes) -> None:
    with pytest.raises(ClientError, match="ambiguous_header"):
        SIGN_IN.operator_id(((b"X-Auth-User", b"sam"), (name, b"ada")), PROXY)


@pytest.mark.threat(4)
def test_row_4_an_id_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(ClientError, match="unreadable_header"):
        SIGN_IN.operator_id(((b"X-Auth-User", b"ad\xffa"),), PROXY)
