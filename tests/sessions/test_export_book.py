"""Exports in the store: of many who ask at once one is let in, and what was cancelled stays so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import msgspec
import pytest
from msgspec.structs import replace

from gateway.errors import Refused
from gateway.sessions.export_book import ExportBook
from gateway.sessions.export_rules import Kept, admitted
from gateway.store import keys
from gateway.store.client import connect
from tests.sessions.test_export_rules import NOW, an_export


async def test_of_many_who_ask_at_once_one_is_let_in(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    try:
        book = ExportBook(store)

        async def ask(number: int) -> str:
            new = an_export(f"e{number}")
            try:
                await book.decide(lambda there: (new, admitted(there, new, NOW)))
            except Refused as refused:
                return refused.code
            return "in"

        answers = await asyncio.gather(*map(ask, range(8)))
        assert sorted(answers) == ["export_busy"] * 7 + ["in"]
        [one] = await book.all()
        assert await book.get(one.id) == one
        assert await book.get("version") is None
        assert await book.get("none") is None
    finally:
        await store.aclose()


async def test_what_nobody_wrote_so_is_none(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    try:
        book, redis = ExportBook(store), cast("Any", store.redis)
        other = msgspec.json.encode(an_export("../../secret"))
        await redis.hset(keys.exports(), mapping={"a": other, "b": "no JSON", "c": "{}"})
        assert await book.all() == []
        for name in ("a", "b", "c"):
            assert await book.get(name) is None
    finally:
        await store.aclose()


async def test_what_was_cancelled_is_not_said_again(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    try:
        book, one = ExportBook(store), an_export("a")

        def begin(there: Sequence[Kept]) -> tuple[Kept, Sequence[str]]:
            return one, ()

        assert await book.decide(begin)
        assert await book.say(replace(one, share=0.5))
        assert (await book.all())[0].share == 0.5
        await book.remove("a")
        assert not await book.say(one)
        assert not await book.decide(lambda there: None)
        assert await book.all() == []
    finally:
        await store.aclose()


async def test_what_is_decided_replaces_what_is_forgotten_for_it(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    try:
        book = ExportBook(store)
        for number in range(3):
            new = an_export(f"e{number}", state="failed")
            await book.decide(lambda there, new=new: (new, admitted(there, new, NOW)))  # type: ignore[misc]  # a lambda with a default
        assert [each.id for each in await book.all()] == ["e2"]
        with pytest.raises(Refused, match="export_busy"):
            admitted([an_export("a")], an_export("b"), NOW)
    finally:
        await store.aclose()
