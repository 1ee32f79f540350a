"""`make threats`: every test of the threat table, row by row, and whether the row is held.

A row is held when it has a test and all its tests passed; a skipped one has shown nothing. Titles
come from docs/threat-model.md.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import shorten

import pytest

from tests.threat_model import PAGE, TESTS, titles


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Ledger:
    """A pytest plugin that keeps which tests hold a row and what became of them, by node id."""

    rows: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    passed: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            for mark in item.iter_markers("threat"):
                self.rows[mark.args[0]].append(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome != "passed":
            self.broken.add(report.nodeid)
        elif report.when == "call":
            self.passed.add(report.nodeid)

    def result(self, row: int) -> str:
        tests = self.rows.get(row)
        if not tests:
            return "no test"
        return "held" if self.passed - self.broken >= set(tests) else "FAILED"


def table(named: Mapping[int, str], ledger: Ledger) -> Iterator[str]:
    """The lines of the table: a row's number, title, tests and result, then its files."""
    held = 0
    for row in sorted(named.keys() | ledger.rows.keys()):
        tests = ledger.rows.get(row, [])
        result = ledger.result(row)
        held += result == "held"
        title = shorten(named.get(row, "not in the threat model"), 60, placeholder=" …")
        yield f"{row:>2}  {title:<60} {len(tests):>4}  {result}"
        for file in sorted({test.partition("::")[0].removeprefix("tests/") for test in tests}):
            yield f"      {file}"
        for test in tests if result == "FAILED" else ():
            if test not in ledger.passed - ledger.broken:
                yield f"    ! {test}"
    yield f"{held}/{len(named.keys() | ledger.rows.keys())} rows held"


def main() -> int:
    """Run the tests, print the table; 0 when every row is held and nothing else went wrong."""
    ledger = Ledger()
    status = pytest.main(["-q", "-m", "threat", "--tb=short", str(TESTS)], plugins=[ledger])
    named = titles(PAGE.read_text())
    *rows, last = table(named, ledger)
    print(*rows, last, sep="\n")  # noqa: T201  the table is what is asked for
    return int(status != pytest.ExitCode.OK or last != f"{len(named)}/{len(named)} rows held")


if __name__ == "__main__":
    sys.exit(main())
