"""A browser without a screen: keeps cookies, says where it comes from, follows nothing."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from tests.console.characters import PASSWORD


@dataclass(frozen=True)
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def words(self) -> str:
        """The page's text, as a reader sees it, on one line."""
        visible = re.sub(r"<[^>]*>", " ", self.text.replace("<wbr>", ""))
        return " ".join(html.unescape(visible).split())

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([0-9a-f]{64})"', self.text)
        assert found, self.words
        return found[1]


@dataclass
class Visitor:
    """Sends what a browser sends from a page of `host` (or what a program sends: `plain`)."""

    port: str
    name: str = "acting.localhost"
    plain: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://{self.name}:{self.port}"

    async def get(self, path: str, **headers: str) -> Answer:
        seen = {} if self.plain else {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
        return await self.send("GET", path, headers=seen | _fields(headers))

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        seen = (
            {}
            if self.plain
            else {
                "Origin": self.origin,
                "Sec-Fetch-Site": "same-origin",
                "Sec-Fetch-Mode": "navigate",
            }
        )
        return await self.send("POST", path, headers=seen | _fields(headers), data=dict(fields))

    async def send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Answer:
        sent = {"Host": f"{self.name}:{self.port}", **self.headers, **(headers or {})}
        sent = {name: value for name, value in sent.items() if value}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        jar = aiohttp.DummyCookieJar()
        async with (
            aiohttp.ClientSession(cookie_jar=jar) as client,
            client.request(
                method,
                URL(f"http://127.0.0.1:{self.port}{path}", encoded=True),
                headers=sent,
                allow_redirects=False,
                **more,
            ) as response,
        ):
            for line in response.headers.getall("Set-Cookie", ()):
                for name, morsel in SimpleCookie(line).items():
                    if morsel["max-age"] == "0":
                        self.cookies.pop(name, None)
                    else:
                        self.cookies[name] = morsel.value
            return Answer(response.status, response.headers, await response.text())

    async def sign_in(self, next_page: str = "") -> Answer:
        form = await self.get("/_gateway/sign-in")
        fields = {"token": form.token, "next": next_page, "name": "ada", "password": PASSWORD}
        answer = await self.post("/_gateway/sign-in", fields)
        assert answer.status == 303
        return answer


def _fields(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
