"""The demo's operators and their tokens, as the gateway itself reads them."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import jwt
import pytest

from gateway.demo.people import OPERATORS, PASSWORD, write_operators, write_tokens
from gateway.people.operators import read_operators


def test_every_operator_signs_in_with_the_password_on_the_screen(tmp_path: Path) -> None:
    write_operators(tmp_path)
    operators = read_operators((tmp_path / "operators.yaml").read_text(), "operators.yaml")
    for each in OPERATORS:
        assert operators.verify_password(each["id"], PASSWORD) is not None
        assert operators.verify_password(each["id"], "guess") is None


def test_a_token_is_its_operators_under_the_published_key(tmp_path: Path) -> None:
    tokens = write_tokens(tmp_path, "http://acting.localhost")
    (published,) = json.loads((tmp_path / "sign-in-keys.json").read_text())["keys"]
    assert "d" not in published
    for name, token in tokens.items():
        claims = jwt.decode(
            token,
            jwt.PyJWK(published),
            algorithms=["ES256"],
            audience="gateway",
            issuer="http://acting.localhost",
            options={"require": ["exp", "iat", "sub"]},
        )
        assert claims["sub"] == name


def test_a_token_of_an_earlier_run_is_no_longer_good(tmp_path: Path) -> None:
    earlier = write_tokens(tmp_path, "i")["ada"]
    write_tokens(tmp_path, "i")
    (published,) = json.loads((tmp_path / "sign-in-keys.json").read_text())["keys"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(earlier, jwt.PyJWK(published), algorithms=["ES256"], audience="gateway")


def test_nobody_else_on_the_machine_reads_the_files(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_operators(tmp_path)
        write_tokens(tmp_path, "i")
    finally:
        os.umask(before)
    for name in ("operators.yaml", "sign-in-keys.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
