from __future__ import annotations

from typing import Any

import pytest

from gateway.audit.bodies.levels import METADATA, Level, LevelRule, Levels


def a_rule(name: str, *paths: str, **more: Any) -> LevelRule:
    return LevelRule(id=name, paths=paths, **more)


def keeps(level: Level) -> tuple[str, bool, bool]:
    return level.rule, level.request, level.response


def test_the_first_rule_that_fits_decides() -> None:
    levels = Levels(
        [
            a_rule("quiet", "/health"),
            a_rule("changes", "/**", methods=("POST", "PUT"), level="request"),
            a_rule("api", "/api/**", "/v2/*", methods=("ANY",), level="request_response"),
        ]
    )
    assert keeps(levels.at("POST", "/health")) == ("quiet", False, False)
    assert keeps(levels.at("POST", "/api/a")) == ("changes", True, False)
    assert keeps(levels.at("GET", "/v2/a")) == ("api", True, True)
    assert levels.at("GET", "/else") is METADATA
    assert Levels().at("POST", "/api/a") is METADATA


def test_in_doubt_more_is_on_record_and_less_is_shown() -> None:
    levels = Levels(
        [
            a_rule("quiet", "/health", query_shown=("page",)),
            a_rule("all", "/api/**", level="request", query_shown=("page",)),
            a_rule("rest", "/**", level="request_response"),
        ]
    )
    assert levels.at("GET", "/health").shown == {"page"}
    assert keeps(levels.at("GET", "/HEALTH")) == ("rest", True, True)
    assert levels.at("GET", "/api/a").shown == {"page"}
    for spelled in ("/API/a", "/%61pi/a", "//api/a"):
        assert keeps(levels.at("GET", spelled)) == ("all", True, False)
        assert levels.at("GET", spelled).shown == frozenset()
    assert keeps(levels.at("post", "/api/a;x")) == ("all", True, False)


@pytest.mark.threat(47)
def test_row_47_a_value_is_shown_only_where_it_is_one_and_gives_no_secret() -> None:
    level = Levels([a_rule("a", "/**", query_shown=("page", "next"))]).at("GET", "/")
    assert level.shows("page", "2")
    assert level.shows("next", "/a%20b?c")
    for name, value in (
        ("Page", "2"),
        ("page", "2;token=x"),
        ("page", "2=3"),
        ("next", "/a%3Ftoken%3Dx"),
        ("next", "/a%253Fapi_key%253Dx"),
        ("next", "%7B%22pin%22:1%7D"),
    ):
        assert not level.shows(name, value)
    assert not METADATA.shows("page", "2")


def test_what_cannot_work_is_told_all_at_once() -> None:
    with pytest.raises(ValueError, match=r"rule 'a': .*user%5Bpin%5D.*; rule 'b': .*filter"):
        Levels(
            [
                a_rule("a", "/a", query_shown=("page", "user%5Bpin%5D")),
                a_rule("b", "/b", hide=("$[?@.a]",)),
            ]
        )
