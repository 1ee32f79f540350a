"""Django's admin in a real Chromium, in the window where the operator has a login of their own."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.bar import bar_of, bar_words, leave, press, shot
from tests.e2e.django_app.process import DjangoApp
from tests.e2e.django_app.users import OWN_NAME, OWN_PASSWORD
from tests.e2e.harness import Running


async def sign_in_as_oneself(page: Page, django_gw: Running) -> None:
    await page.goto(f"http://crm.localhost:{django_gw.port}/admin/")
    await page.get_by_label("Username").fill(OWN_NAME)
    await page.get_by_label("Password").fill(OWN_PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.locator("#user-tools")).to_contain_text("Ada")


async def act_for_jonas(page: Page, django_gw: Running, mode: str) -> None:
    started = await django_gw.start(mode=mode)
    await page.goto((await started.json())["enter_url"])
    await page.get_by_role("button", name="Act as Jonas Weber").click()
    await expect(page.locator("#user-tools")).to_contain_text("Jonas")


async def be_oneself(page: Page, django_gw: Running) -> None:
    """The operator's own login is what it was, in the app's own address, without a bar."""
    await page.goto(f"http://crm.localhost:{django_gw.port}/admin/auth/user/")
    await expect(page.locator("#user-tools")).to_contain_text("Ada")
    assert await bar_of(page) == ""


async def test_looking_stops_at_a_form_and_gives_the_operator_back(
    chromium: Browser, django_gw: Running, django: DjangoApp, isolation: str
) -> None:
    group, name = django.add_group()
    page = await chromium.new_page()
    await sign_in_as_oneself(page, django_gw)
    before = await page.context.cookies()
    await act_for_jonas(page, django_gw, "read_only")
    assert await bar_of(page) == "Acting on behalf of Jonas Weber"
    await shot(page, f"django-{isolation}-1-admin")
    await page.get_by_role("link", name="Groups").click()
    await page.get_by_role("link", name=name).click()
    await page.get_by_label("Name:").fill("changed")
    save = page.locator("input[name=_save]")
    await expect(save).to_have_attribute("data-gateway-refused", "read_only.safe_methods")
    await expect(page).to_have_title(re.compile("^As Jonas Weber · "))
    await press(page, "DisclosureTriangle", "Details")
    assert "Looks into it" in await bar_words(page)
    await shot(page, f"django-{isolation}-2-form")
    await press(page, "DisclosureTriangle", "Details")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Jonas Weber").first).to_be_visible()
    await expect(page.get_by_role("link", name="Go back")).to_be_visible()
    await shot(page, f"django-{isolation}-3-refused")
    assert django.group(group) == name
    await page.get_by_role("link", name="Go back").click()
    await expect(page.get_by_label("Name:")).to_be_visible()
    await leave(page)
    await shot(page, f"django-{isolation}-4-left")
    await be_oneself(page, django_gw)
    await shot(page, f"django-{isolation}-5-oneself")
    own = {c["name"]: c["value"] for c in before}
    after = {c["name"]: c["value"] for c in await page.context.cookies()}
    assert after["sessionid"] == own["sessionid"]
    assert after["csrftoken"] == own["csrftoken"]


async def test_changing_is_real_in_the_subjects_name(
    chromium: Browser, django_gw: Running, django: DjangoApp, isolation: str
) -> None:
    group, name = django.add_group()
    page = await chromium.new_page()
    await sign_in_as_oneself(page, django_gw)
    await act_for_jonas(page, django_gw, "read_write")
    await page.get_by_role("link", name="Groups").click()
    await page.get_by_role("link", name=name).click()
    await page.get_by_label("Name:").fill(f"{name}!")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator(".messagelist .success")).to_contain_text("was changed successfully")
    assert await bar_of(page) == "Acting on behalf of Jonas Weber"
    assert any("real" in words for words in await bar_words(page))
    await shot(page, f"django-{isolation}-6-changed")
    assert django.group(group) == f"{name}!"
    assert django.changed_by(group) == ["jonas"]
    await leave(page)
    await be_oneself(page, django_gw)
    await page.goto(f"http://crm.localhost:{django_gw.port}/admin/auth/group/{group}/history/")
    await expect(page.locator("#change-history")).to_contain_text("jonas")


async def test_the_subjects_sign_out_is_not_the_operators(
    chromium: Browser, django_gw: Running, isolation: str
) -> None:
    page = await chromium.new_page()
    await sign_in_as_oneself(page, django_gw)
    await act_for_jonas(page, django_gw, "read_write")
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("heading", name="Logged out")).to_be_visible()
    await page.goto(page.url.partition("/admin")[0] + "/admin/")
    await leave(page)
    await be_oneself(page, django_gw)


@pytest.mark.parametrize("isolation", ["host"])
async def test_the_operators_own_window_stays_their_own_beside_a_session(
    chromium: Browser, django_gw: Running
) -> None:
    context = await chromium.new_context()
    own, acting = await context.new_page(), await context.new_page()
    await sign_in_as_oneself(own, django_gw)
    await act_for_jonas(acting, django_gw, "read_only")
    await be_oneself(own, django_gw)
    await acting.reload()
    await expect(acting.locator("#user-tools")).to_contain_text("Jonas")
    await leave(acting)
    await be_oneself(own, django_gw)
