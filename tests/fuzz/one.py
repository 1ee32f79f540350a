"""Run one target under libFuzzer: `python -m tests.fuzz.one NAME [libFuzzer's options]`."""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-untyped]  # it ships no annotations

with atheris.instrument_imports(include=["gateway"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz until libFuzzer's options say stop, or something is found."""
    name = sys.argv.pop(1)
    check = TARGETS[name].check
    atheris.Setup(sys.argv, lambda data: check(bytes(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
