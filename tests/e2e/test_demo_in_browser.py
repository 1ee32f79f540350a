"""The demo as a new user tries it: in Chromium, as its own words say, and Ctrl-C at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import redis
from playwright.async_api import Browser, Page, expect

from tests.e2e.bar import bar_of, bar_words, leave, shot
from tests.e2e.demo_process import Demo, lives, running_demo

SENSITIVE = ("private_notes", "survey_comments", "meeting_notes")


def sensitive(value: Any) -> Iterator[str]:
    """Every sensitive text in JSON of the app's API."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        if isinstance(each, dict | list):
            yield from sensitive(each)
        elif key in SENSITIVE and each:
            yield each


async def be_lena(page: Page, demo: Demo) -> None:
    """An ordinary user's own login to the CRM, which the operator happens to have."""
    await page.goto(f"{demo.crm}/sign-in")
    await page.get_by_label("User").fill("lena.brandt")
    await page.get_by_label("Password").fill("relata")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("header")).to_contain_text("Lena Brandt")


async def sign_in(page: Page, demo: Demo) -> None:
    await page.goto(demo.console)
    await shot(page, "demo-01-sign-in")
    await page.get_by_label("Name").fill("ada")
    await page.get_by_label("Password").fill("demo")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Sessions")).to_be_visible()


async def start(page: Page) -> None:
    await shot(page, "demo-02-console")
    await page.get_by_label("Whom do you want to act for?").fill("jonas")
    await page.get_by_role("link", name="Jonas Weber").click()
    await page.get_by_label("Why").fill("The deal board looks empty to him")
    await shot(page, "demo-03-start")
    await page.get_by_role("button", name="Act as Jonas Weber").click()
    await expect(page.locator("header")).to_contain_text("Jonas Weber")


def on_record(demo: Demo) -> list[dict[str, object]]:
    """What `redis-cli -u STORE XRANGE gateway:audit:0 - +` shows."""
    with redis.Redis.from_url(demo.said["store"]) as client:
        rows = client.xrange("gateway:audit:0")
    assert isinstance(rows, list)
    return [json.loads(fields[b"record"]) for _, fields in rows]


@pytest.mark.timeout(240)
async def test_the_main_job_from_signing_in_to_being_oneself_again(
    chromium: Browser, tmp_path: Path
) -> None:
    async with running_demo(tmp_path) as demo:
        context = await chromium.new_context()
        own, page = await context.new_page(), await context.new_page()
        await be_lena(own, demo)
        secrets = list(
            sensitive(await own.evaluate("fetch('/api/contacts/1').then(a => a.json())"))
        )
        assert len(secrets) >= 3
        await sign_in(page, demo)
        await start(page)
        assert await bar_of(page) == "Acting on behalf of Jonas Weber"
        await shot(page, "demo-04-home")
        await page.get_by_role("link", name="Contacts", exact=True).click()
        await page.locator("a[href='/contacts/1']").first.click()
        await expect(page.get_by_role("heading", name="Private notes")).to_be_visible()
        await shot(page, "demo-05-contact")
        everything = unescape(await page.content())
        assert [secret for secret in secrets if secret in everything] == []
        assert await bar_of(page) == "Acting on behalf of Jonas Weber"
        words = await bar_words(page)
        assert "Nordlicht GmbH" in words
        await page.get_by_role("link", name="Deals", exact=True).click()
        await shot(page, "demo-06-deals")
        await page.locator("main form[method=post] button").first.click()
        await expect(page.get_by_role("link", name="Go back")).to_be_visible()
        await shot(page, "demo-07-stopped")
        await page.get_by_role("link", name="Go back").click()
        await expect(page.get_by_role("heading", name="Deals")).to_be_visible()
        await leave(page)
        own_app = page.get_by_role("link", name="Relata CRM as yourself")
        await expect(own_app).to_have_attribute("href", f"{demo.crm}/")
        await shot(page, "demo-08-left")
        await page.get_by_role("link", name="Back to the console").click()
        await expect(page.get_by_text("Nobody is acting for anybody now.")).to_be_visible()
        await shot(page, "demo-09-console-after")
        await page.goto(f"{demo.crm}/contacts/1")
        await expect(page.locator("header")).to_contain_text("Lena Brandt")
        everything = unescape(await page.content())
        assert all(secret in everything for secret in secrets)
        assert await bar_of(page) == ""
        await shot(page, "demo-10-oneself")
        await context.close()  # or the stop would wait for its event streams
        check_records(on_record(demo))
        children = demo.descendants()
        assert len(children) >= 2
        assert await demo.interrupt() == 0
        assert [child for child in children if lives(child)] == []


def check_records(records: list[dict[str, object]]) -> None:
    """Everything that was done in the session stands there, with who, for whom and why."""
    kinds = {str(record["kind"]) for record in records}
    assert {"session.started", "session.entered", "session.ended", "request.refused"} <= kinds
    inside = [record for record in records if str(record["kind"]).startswith("request.")]
    governed = [record for record in inside if record.get("session")]
    for record in governed:
        actor, subject = record["actor"], record["subject"]
        assert isinstance(actor, dict)
        assert isinstance(subject, dict)
        assert (actor["id"], subject["id"]) == ("ada", "jonas.weber")
        if record["kind"] != "request.outcome":  # which has its intent's id instead
            assert record["decision"] in ("allow", "deny")
            assert record["rule"]
    (stopped,) = [record for record in governed if record["kind"] == "request.refused"]
    assert (stopped["method"], stopped["decision"]) == ("POST", "deny")
