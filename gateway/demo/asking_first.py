"""One account of the demo asks its users first, as an administrator said by the gateway's API."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import ClientSession, ClientTimeout

ACCOUNT: Final = "alder"
_CONSOLE: Final = "acting.localhost"
_BRIEFLY: Final = ClientTimeout(total=15)


async def ask_first(port: int, token: str) -> None:
    """Let the account prefer it, unless it has said something already."""
    place = {"site": "crm", "account": ACCOUNT}
    address = f"http://127.0.0.1:{port}/_gateway/api/preferences"
    headers = {"Host": f"{_CONSOLE}:{port}", "Authorization": f"Bearer {token}"}
    async with ClientSession(headers=headers, timeout=_BRIEFLY, trust_env=False) as client:
        async with client.get(address, params=place) as answer:
            said: dict[str, Any] = await answer.json()
        if said["version"] == 0:
            order: dict[str, Any] = {
                **place,
                "preferences": {"ask_first": True, "support_may_act": True},
                "why": "The demo shows an account that asks its users first",
            }
            async with client.put(address, json=order) as answer:
                answer.raise_for_status()
