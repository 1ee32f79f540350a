"""Every worked example can be used as it is, and its table proves its rules both ways."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from gateway.cli import main

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(path for path in (ROOT / "docs/examples").iterdir() if path.is_dir())
PAGE = (ROOT / "docs/worked-examples.md").read_text()


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.name)
def example(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def run(example: Path, *command: str) -> str:
    config = ["--config", str(example / "gateway.yaml")]
    answer = CliRunner().invoke(main, [*command, *config])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_there_is_one_for_each_way_in_which_companies_decide() -> None:
    assert len(EXAMPLES) == 5


def test_its_config_its_people_and_its_policies_can_be_used(example: Path) -> None:
    assert run(example, "config", "validate").endswith("is valid\n")
    run(example, "policy", "lint")


def test_its_cases_come_out_as_its_table_says(example: Path) -> None:
    assert run(example, "policy", "test", str(example / "cases.yaml")).endswith(", 0 not\n")


def test_each_of_its_rules_has_a_case_and_some_are_refusals(example: Path) -> None:
    text = (example / "cases.yaml").read_text()
    rules = re.split(r"^  # ", text, flags=re.MULTILINE)[1:]
    assert len(rules) >= 3
    for rule in rules:
        assert "expect: " in rule, rule
    expected = {case["expect"] for case in yaml.safe_load(text)["cases"]}
    assert "refused" in expected or len(expected) > 1


def test_the_page_tells_of_it_and_names_only_what_is_in_it(example: Path) -> None:
    assert f"](examples/{example.name})" in PAGE
    section = PAGE.partition(f"](examples/{example.name})")[2].partition("\n## ")[0]
    config = yaml.safe_load((example / "gateway.yaml").read_text())
    for name in config["policies"]["ready"]:
        if name not in ("management", "protected_never", "house_contacts"):
            assert f"`{name}`" in section, name
