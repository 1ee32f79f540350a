"""The table that `make threats` prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.threat_model import PAGE, titles
from tests.threats import Ledger, table

TESTS = """
import pytest

threat = pytest.mark.threat

@threat(1)
@threat(2)
@pytest.mark.parametrize("number", [1, 2])
def test_passes(number): pass

@threat(2)
def test_fails(): raise AssertionError

@threat(3)
def test_is_skipped(): pytest.skip("no browser")

@threat(4)
def test_is_for_later(): pytest.xfail("later")

def test_of_no_row(): raise AssertionError
"""
NAMED = {row: f"Attack {row}" for row in range(1, 6)}


def test_a_row_is_held_when_it_has_tests_and_all_of_them_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "test_inner.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = threat(row): a row\n")
    ledger = Ledger()
    pytest.main(["-q", "-m", "threat", "-pno:cacheprovider", str(tmp_path)], plugins=[ledger])
    assert [" ".join(line.split()) for line in table(NAMED, ledger)] == [
        "1 Attack 1 2 held",
        "test_inner.py",
        "2 Attack 2 3 FAILED",
        "test_inner.py",
        "! test_inner.py::test_fails",
        "3 Attack 3 1 FAILED",
        "test_inner.py",
        "! test_inner.py::test_is_skipped",
        "4 Attack 4 1 FAILED",
        "test_inner.py",
        "! test_inner.py::test_is_for_later",
        "5 Attack 5 0 no test",
        "1/5 rows held",
    ]


def test_the_rows_of_the_model_are_1_to_53() -> None:
    assert list(titles(PAGE.read_text())) == list(range(1, 54))
