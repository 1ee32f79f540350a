"""Somebody with a browser before the CRM: follows no redirect by itself, submits real forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from aiohttp import ClientResponse, ClientSession


@dataclass
class Form:
    """A form as it stands on a page; `fields` holds what it would send untouched."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Reads the forms of a page that are sent by POST."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = self._textarea = ""
        self._option = False  # the value of a chosen option comes as its text
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(said.get("action", "")))
            return
        name = said.get("name", "")
        if "disabled" in said:
            return  # a browser does not send it
        if tag == "input" and name and (said.get("type") != "checkbox" or "checked" in said):
            self.found[-1].fields[name] = said.get("value", "on")
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            self.found[-1].fields[name] = ""
        elif tag == "option" and ("selected" in said or self._select not in self.found[-1].fields):
            self._option = "value" not in said
            self.found[-1].fields[self._select] = said.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._option:
            self.found[-1].fields[self._select] = data
            self._option = False
        if self._textarea:
            self.found[-1].fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""


@dataclass
class Visitor:
    """A browser's cookies and, where a proxy stands before the CRM, the user that it names."""

    client: ClientSession
    base: str
    headers: dict[str, str]

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self._ask("GET", path, headers=headers)

    async def page(self, path: str) -> str:
        answer = await self.get(path)
        assert answer.status == 200, await answer.text()
        return await answer.text()

    async def json(self, path: str) -> Any:
        answer = await self.get(path)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def post(self, path: str, **fields: str) -> ClientResponse:
        return await self._ask("POST", path, data=fields)

    async def send(self, method: str, path: str, body: Any) -> ClientResponse:
        return await self._ask(method, path, json=body)

    async def submit(self, path: str, action: str, **typed: str) -> ClientResponse:
        """Open a page, fill in its form with this action, and send it."""
        (form,) = [form for form in Forms(await self.page(path)).found if form.action == action]
        return await self.post(form.action or path, **(form.fields | typed))

    async def do(self, path: str, action: str, **typed: str) -> str:
        """Submit a form, expect that it was taken, and give the page that it leads to."""
        answer = await self.submit(path, action, **typed)
        assert answer.status == 303, await answer.text()
        return await self.page(answer.headers["Location"].partition("#")[0])

    async def _ask(self, method: str, path: str, **more: Any) -> ClientResponse:
        headers = self.headers | more.pop("headers", {})
        answer = await self.client.request(
            method, f"{self.base}{path}", headers=headers, allow_redirects=False, **more
        )
        await answer.read()
        return answer
