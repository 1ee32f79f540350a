"""What the benchmark computes from what it measured."""

from __future__ import annotations

import json
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from tests.bench import page
from tests.bench.chart import chart
from tests.bench.figure import Figure
from tests.bench.percentile import percentile
from tests.bench.report import as_json, missed, table, verdicts
from tests.bench.rounds import Measured, Round, order
from tests.bench.rows import GOVERNED, NGINX, PASSING, ROWS
from tests.bench.targets import of_rows, targets

COST = {row: 10.0 * (place + 1) for place, row in enumerate(ROWS)}


def measured(rounds: int = 3) -> Measured:
    """Each row has a cost of its own; in every round the machine is slower than before."""
    return {
        row: [Round(COST[row] * (1 + n), 1000.0, 1.0, 2.0, 5.0) for n in range(rounds)]
        for row in ROWS
    }


@pytest.mark.parametrize(
    ("percent", "value"), [(0, 1), (1, 1), (50, 50), (51, 51), (99, 99), (100, 100)]
)
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(
    percent: int, value: int
) -> None:
    assert percentile(range(100, 0, -1), percent) == value


def test_a_percentile_of_few_values_is_one_of_them() -> None:
    assert percentile([3.0], 50) == percentile([3.0], 99) == 3.0
    assert percentile([1.0, 2.0], 50) == 1.0
    assert percentile([1.0, 2.0], 99) == 2.0


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_every_round_measures_every_row_and_none_follows_the_same_one_twice() -> None:
    rounds = [order(len(ROWS), number) for number in range(5)]
    pairs = [(one, next_) for each in rounds for one, next_ in pairwise(each)]
    assert all(sorted(each) == list(range(len(ROWS))) for each in rounds)
    assert len(set(pairs)) == len(pairs)


def test_a_ratio_is_taken_within_a_round_so_that_a_slow_machine_does_not_count() -> None:
    found = {figure.name: figure for figure in of_rows(measured())}
    ratio = found["governed JSON / nginx proxy_pass"]
    assert ratio.values == (COST[GOVERNED] / COST[NGINX],) * 3
    turned = found["Caddy / pass-through, 2.3 KB"]
    assert (turned.at_least, turned.holds) == (True, False)


def test_a_target_holds_when_every_figure_with_a_bound_keeps_it() -> None:
    kept = Figure(1, "kept", (1.0, 9.0, 2.0), "x", 2)
    compared = Figure(1, "compared", (99.0,), "x")
    broken = Figure(2, "broken", (1.9,), "x", 2, at_least=True)
    one, two, three = targets([kept, compared, broken, Figure(2, "kept", (2.0,), "x", 2)])[:3]
    assert (one.holds, two.holds, three.holds) == (True, False, None)
    assert missed(broken) == "misses by 5%"


def test_the_words_name_every_row_and_every_figure() -> None:
    figures = of_rows(measured())
    said = table(measured()) + verdicts(targets(figures))
    assert [row.label for row in ROWS if row.label not in said] == []
    assert [figure.name for figure in figures if figure.name not in said] == []


def test_the_json_lists_ten_targets_with_figure_bound_and_whether_it_holds() -> None:
    found = targets([Figure(3, "a ratio", (1.0, 1.5), "x", 1.2)])
    said = json.loads(json.dumps(as_json(measured(), found, {"wrk": "4"}, load_before=0.1)))
    assert [target["number"] for target in said["targets"]] == list(range(1, 11))
    assert (said["targets"][0]["holds"], said["targets"][0]["figures"]) == (None, [])
    (figure,) = said["targets"][2]["figures"]
    assert (figure["median"], figure["bound"], figure["holds"]) == (1.25, 1.2, False)
    assert len(said["rows"]) == len(ROWS)


def test_the_chart_is_a_picture_with_a_dot_for_each_row_inside_it() -> None:
    picture = ElementTree.fromstring(chart(measured()))
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    name = "{http://www.w3.org/2000/svg}"
    dots = picture.findall(f"{name}circle")
    assert len(dots) == len(ROWS)
    for x, y in ((float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in dots):
        assert 0 < x < width
        assert 0 < y < height
    assert len({dot.attrib["cy"] for dot in dots}) == len(ROWS)


def test_an_answer_that_is_not_what_its_row_needs_is_wrong() -> None:
    whole = b" ".join(GOVERNED.has)
    assert GOVERNED.wrong(200, whole) == ""
    assert "status is 500" in GOVERNED.wrong(500, whole)
    assert "lacks" in GOVERNED.wrong(200, b"")
    assert "holds" in GOVERNED.wrong(200, whole + GOVERNED.lacks[0])
    assert PASSING.wrong(200, whole + b" ".join(PASSING.has)) == ""


def test_the_page_shows_each_row_and_figure_in_place_of_older_ones() -> None:
    found = targets([*of_rows(measured()), Figure(7, "rules /**/edit", (1234.5,), "us", 2)])
    about = as_json(measured(), found, {"nginx": "nginx/1.22"}, quick=False)["about"]
    place = "<!-- figures: `make bench` writes them -->\nformer\n<!-- end -->\n"
    fresh = page.refreshed(f"# Page\n{place}behind\n", measured(), found, about)
    assert "former" not in fresh
    assert fresh.startswith("# Page\n<!-- figures")
    assert fresh.endswith("<!-- end -->\nbehind\n")
    assert [row.label for row in ROWS if row.label not in fresh] == []
    assert "| 7 | rules /\\*\\*/edit | 1,234 us |  | ≤ 2 | **misses by 61625%** |" in fresh
    assert page.refreshed(fresh, measured(), found, about) == fresh


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        page.refreshed("# Page\n", measured(), [], as_json(measured(), [], {})["about"])


def test_the_documents_page_has_the_place() -> None:
    shown = page.PAGE.read_text()
    assert shown.count("<!-- figures") == shown.count("<!-- end -->") == 1
