"""Which header fields prove operators."""

from __future__ import annotations

import jwt
import pytest

from gateway.middleware.proofs import Proofs

SECRET = "k" * 32
OURS = jwt.encode({"iss": "sso", "sub": "ada"}, SECRET)
APPS = jwt.encode({"iss": "app", "sub": "jonas"}, SECRET)
EXPIRED = jwt.encode({"iss": "sso", "exp": 1}, SECRET)
PROOFS = Proofs(["X-Auth-User"], issuer="sso")


@pytest.mark.threat(5)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-auth-user", "ada"),
        ("authorization", f"Bearer {OURS}"),
        ("authorization", f"bearer   {OURS} "),
        ("authorization", f"Bearer {EXPIRED}"),
    ],
)
def test_row_5_what_proves_an_operator_is_a_proof(name: str, value: str) -> None:
    assert PROOFS.hold(name.encode(), value.encode())


@pytest.mark.parametrize(
    "value",
    [f"Bearer {APPS}", "Bearer opaque", "Bearer a.b.c", "Bearer", "", f"Token {OURS}", "\xff \xfe"],
)
def test_what_an_app_uses_itself_is_none(value: str) -> None:
    assert not PROOFS.hold(b"authorization", value.encode("latin-1"))


def test_without_such_a_way_to_sign_in_there_is_none() -> None:
    assert not Proofs().hold(b"authorization", f"Bearer {OURS}".encode())
    assert not Proofs().hold(b"x-auth-user", b"ada")
