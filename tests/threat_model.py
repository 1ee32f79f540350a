"""The rows of docs/threat-model.md and the tests that stand in them, which come from the marks."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs/threat-model.md"
NO_TEST = "none yet"

_ROW = re.compile(r"^\| (\d+) \| ([^|]+?) \|(.*)\| ([^|]*) \|$", re.MULTILINE)
_MARK = re.compile(r"^ *@pytest\.mark\.threat\((\d+)\)$", re.MULTILINE)


def titles(page: str) -> dict[int, str]:
    """What is tried, by row, as the tables say it."""
    return {int(row): title for row, title, _, _ in _ROW.findall(page)}


def refreshed(page: str) -> str:
    """The page with the test files of each row as they are now."""
    files = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for row in sorted(set(_MARK.findall(path.read_text()))):
            name = path.relative_to(TESTS).as_posix()
            files[row].append(f"[{name.removesuffix('.py')}](../tests/{name})")

    def with_tests(found: re.Match[str]) -> str:
        row, title, rest, _ = found.groups()
        return f"| {row} | {title} |{rest}| {', '.join(files[row]) or NO_TEST} |"

    return _ROW.sub(with_tests, page)


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text()))
