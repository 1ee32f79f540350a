"""Tasks: a new one, done, open again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demo.crm.support import Visitor


async def task(visitor: Visitor, number: int) -> Any:
    tasks = (await visitor.json("/api/tasks"))["tasks"]
    return next((each for each in tasks if each["id"] == number), None)


async def test_a_task_is_done_and_open_again(jonas: Visitor) -> None:
    await jonas.do("/tasks", "/tasks/1/done")
    assert (await task(jonas, 1))["done_by"] == "Jonas Weber"
    await jonas.do("/tasks", "/tasks/1/reopen")
    assert (await task(jonas, 1))["done_by"] is None


async def test_a_new_task_is_the_users_own(jonas: Visitor) -> None:
    typed = {"title": "Water the plants", "contact": "2", "due": "2030-01-01"}
    assert "Water the plants" in await jonas.do("/tasks", "/tasks", **typed)
    (found,) = [
        each
        for each in (await jonas.json("/api/tasks"))["tasks"]
        if each["title"] == "Water the plants"
    ]
    assert (found["owner"], found["contact"], found["due"]) == ("jonas.weber", 2, "2030-01-01")


@pytest.mark.parametrize(
    "typed",
    [
        {"title": ""},
        {"title": "x", "contact": "12"},
        {"title": "x", "contact": "²"},
        {"title": "x", "due": "soon"},
    ],
)
async def test_half_a_task_is_none(jonas: Visitor, typed: dict[str, str]) -> None:
    before = await jonas.json("/api/tasks")
    page = await jonas.do("/tasks", "/tasks", **typed)
    assert "A task needs a few words, a contact and a day." in page
    assert await jonas.json("/api/tasks") == before


async def test_another_accounts_task_is_not_there(jonas: Visitor, mei: Visitor) -> None:
    token = (await mei.page("/tasks")).partition('name="csrf" value="')[2].partition('"')[0]
    assert (await mei.post("/tasks/1/done", csrf=token)).status == 404
    assert (await task(jonas, 1))["done_by"] is None
