from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from gateway.app.fingerprint import config_files
from gateway.config import load
from tests.e2e.harness import site, written


def hashes(path: Path, environment: dict[str, str] | None = None) -> dict[str, str]:
    said = config_files(load(path, environment or {}))
    return {Path(each.file).name: each.sha256 for each in said}


def test_the_hashes_are_of_the_config_and_of_each_file_that_it_names(tmp_path: Path) -> None:
    path, _ = written(tmp_path, "embedded", 8080, site(1))
    found = hashes(path)
    assert set(found) == {"config", "jwks.json", "operators.yaml", "people.yaml"}
    operators = (tmp_path / "operators.yaml").read_bytes()
    assert found["operators.yaml"] == sha256(operators).hexdigest()


def test_a_hash_changes_with_what_it_is_of_and_with_nothing_else(tmp_path: Path) -> None:
    path, _ = written(tmp_path, "embedded", 8080, site(1))
    before = hashes(path)
    path.write_text(path.read_text() + "\n# a comment\n")
    assert hashes(path) == before
    people = tmp_path / "people.yaml"
    people.write_text(people.read_text() + "\n# another\n")
    assert {name for name, one in hashes(path).items() if one != before[name]} == {"people.yaml"}
    laid = hashes(path, {"GATEWAY_SESSIONS__IDLE": "5m"})
    assert {name for name, one in laid.items() if one != before[name]} == {"config", "people.yaml"}


def test_the_hashes_hold_the_policies_of_ones_own(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "ours.cedar").write_text("permit(principal, action, resource);")
    path, _ = written(tmp_path, "embedded", 8080, site(1), policies={"folder": str(folder)})
    assert "ours.cedar" in hashes(path)


def test_the_hashes_are_of_no_file_that_is_the_forwarders(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").touch()
    consumers = [{"name": "archive", "file": {"path": "audit.jsonl"}}]
    path, _ = written(tmp_path, "embedded", 8080, site(1), audit={"consumers": consumers})
    assert "audit.jsonl" not in hashes(path)
