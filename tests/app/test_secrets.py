"""Secrets of a gateway: made once, kept for its user alone, and rotated without a gap."""

from __future__ import annotations

import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.app.secrets import Rings, audit_key, consent_key, redaction_key
from gateway.errors import GatewayError

DAY = 86_400_000


class Clock:
    """Milliseconds that a test moves."""

    at = 1_795_319_163_000

    def __call__(self) -> int:
        return self.at


def kids(rings: Rings) -> list[str]:
    return [key["kid"] for key in rings.jwks()["keys"]]


def test_a_key_is_made_once_and_is_its_folders_own(tmp_path: Path) -> None:
    key = redaction_key(tmp_path / "a")
    assert len(key) == 32
    assert redaction_key(tmp_path / "a") == key
    assert redaction_key(tmp_path / "b") != key


def test_nobody_else_on_the_machine_can_read_them(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    redaction_key(folder)
    Rings(folder, ["ES256"], Clock())
    audit_key(folder)
    consent_key(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == [
        *("audit-key.pem", "audit-public.pem", "consent.key", "identity-ES256.json"),
        "redaction.key",
    ]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_ring_outlives_the_gateway_that_made_it(tmp_path: Path) -> None:
    first = Rings(tmp_path, ["ES256", "EdDSA"], Clock())
    again = Rings(tmp_path, ["EdDSA"], Clock())
    assert again.get("EdDSA") == first.get("EdDSA")
    assert set(kids(again)) < set(kids(first))


def test_a_key_is_published_before_it_signs_and_after_it_signed(tmp_path: Path) -> None:
    clock = Clock()
    rings = Rings(tmp_path, ["ES256"], clock)
    old, coming = rings.get("ES256").current.id, rings.get("ES256").next.id
    assert kids(rings) == [old, coming]
    clock.at += 30 * DAY - 1
    rings.rotate()
    assert rings.get("ES256").current.id == old
    clock.at += 1
    rings.rotate()
    assert rings.get("ES256").current.id == coming
    assert {old, coming} < set(kids(rings))
    assert Rings(tmp_path, ["ES256"], clock).get("ES256") == rings.get("ES256")


def test_a_gateway_that_was_off_for_long_rotates_when_it_starts(tmp_path: Path) -> None:
    clock = Clock()
    coming = Rings(tmp_path, ["ES256"], clock).get("ES256").next.id
    clock.at += 90 * DAY
    assert Rings(tmp_path, ["ES256"], clock).get("ES256").current.id == coming


def test_of_processes_that_share_a_folder_one_rotates_and_the_others_take_that_over(
    tmp_path: Path,
) -> None:
    clock = Clock()
    workers = [Rings(tmp_path, ["ES256"], clock) for _ in range(8)]
    coming = workers[0].get("ES256").next.id
    clock.at += 30 * DAY
    together = threading.Barrier(8)

    def rotate(worker: Rings) -> list[str]:
        together.wait()
        worker.rotate()
        return kids(worker)

    with ThreadPoolExecutor(8) as pool:
        published = list(pool.map(rotate, workers))
    assert published == [published[0]] * 8
    assert published[0][0] == coming


def test_what_is_published_has_no_secret_in_it(tmp_path: Path) -> None:
    published: list[dict[str, Any]] = Rings(tmp_path, ["ES256"], Clock()).jwks()["keys"]
    assert all("d" not in key for key in published)
    assert "PRIVATE" not in json.dumps(published)


@pytest.mark.parametrize("data", [b"", b"short", bytes(33)])
def test_a_key_that_is_not_whole_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "redaction.key").write_bytes(data)
    with pytest.raises(GatewayError, match=r"redaction\.key cannot be used") as refused:
        redaction_key(tmp_path)
    assert refused.value.code == "data_dir"


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff"])
def test_a_ring_that_cannot_be_read_is_refused_and_left_as_it_is(
    tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "identity-ES256.json"
    path.write_bytes(data)
    with pytest.raises(GatewayError, match=r"identity-ES256\.json cannot be used"):
        Rings(tmp_path, ["ES256"], Clock())
    assert path.read_bytes() == data


def test_the_public_key_of_the_records_is_beside_the_private_one(tmp_path: Path) -> None:
    key = audit_key(tmp_path)
    public = serialization.load_pem_public_key((tmp_path / "audit-public.pem").read_bytes())
    assert isinstance(public, Ed25519PublicKey)
    public.verify(audit_key(tmp_path).sign(b"said"), b"said")
    assert public.public_bytes_raw() == key.public_key().public_bytes_raw()


def test_a_public_key_of_another_gateway_is_refused(tmp_path: Path) -> None:
    audit_key(tmp_path / "a")
    audit_key(tmp_path / "b")
    (tmp_path / "a/audit-key.pem").replace(tmp_path / "b/audit-key.pem")
    with pytest.raises(GatewayError, match=r"audit-public\.pem cannot be used"):
        audit_key(tmp_path / "b")


def test_gateways_that_start_at_once_in_one_folder_have_one_key(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def start(_: int) -> bytes:
        together.wait()
        return redaction_key(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["redaction.key"]
