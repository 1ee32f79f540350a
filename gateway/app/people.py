"""Read who may sign in, how, and what they may do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout

from gateway import config
from gateway.errors import GatewayError
from gateway.people.authenticator import OperatorAuthenticator
from gateway.people.jwks import KeySet
from gateway.people.operators import Operators, read_operators
from gateway.people.sign_in_header import HeaderSignIn
from gateway.people.sign_in_jwt import JwtSignIn, JwtSignInSettings
from gateway.people.throttle import Throttle
from gateway.policy.start import Policies
from gateway.site import Peers
from gateway.store.client import Store

_FETCH = ClientTimeout(total=5)
_LARGEST_JWKS = 1 << 20


def load_operators(said: config.Config) -> Operators:
    """Read the operators file.

    Raises:
        GatewayError: `config`, with every fault of the file.
    """
    path = Path(said.operators)
    try:
        return read_operators(path.read_text("utf-8"), str(path))
    except (ValueError, OSError) as fault:
        raise GatewayError("config", f"The operators cannot be read: {fault}.") from fault


def load_policies(said: config.Config) -> Policies:
    """Read the policies: the folder of the config, else the ones that come with the gateway.

    Raises:
        GatewayError: `config`, with every fault of the files.
    """
    try:
        if said.policies is None:
            files = {
                entry.name: entry.read_text("utf-8")
                for entry in (resources.files("gateway.policy") / "defaults").iterdir()
                if entry.name.endswith(".cedar")
            }
        else:
            folder = Path(said.policies)
            files = {path.name: path.read_text("utf-8") for path in folder.glob("*.cedar")}
        return Policies.load(files)
    except (ValueError, OSError) as fault:
        raise GatewayError("config", f"The policies cannot be read: {fault}.") from fault


def authenticator(said: config.SignIn, operators: Operators, store: Store) -> OperatorAuthenticator:
    """Build the ways in which operators prove who they are.

    Raises:
        GatewayError: `config`, one of them cannot work.
    """
    header = token = None
    try:
        if said.trusted_header is not None:
            peers = Peers(map(str, said.trusted_header.peers))
            header = HeaderSignIn(said.trusted_header.name, peers)
        if said.jwt is not None:
            token = _token_sign_in(said.jwt)
    except ValueError as fault:
        raise GatewayError("config", f"Operators cannot sign in: {fault}.") from fault
    return OperatorAuthenticator(
        operators,
        Throttle(store),
        passwords=said.local is not None,
        header=header,
        token=token,
    )


def _token_sign_in(said: config.JwtSignIn) -> JwtSignIn:
    settings = JwtSignInSettings(
        header=said.header,
        issuer=said.issuer,
        audience=said.audience,
        algorithm=said.algorithm,
        claim=said.claim,
    )
    if said.jwks_file is not None:
        fetch = _from_file(Path(said.jwks_file))
    else:
        fetch = _from_url(said.jwks_url or "")
    return JwtSignIn(settings, KeySet(fetch, said.algorithm, time.monotonic))


def _from_file(path: Path) -> Callable[[], Awaitable[bytes]]:
    async def fetch() -> bytes:
        return await asyncio.to_thread(path.read_bytes)

    return fetch


def _from_url(url: str) -> Callable[[], Awaitable[bytes]]:
    async def fetch() -> bytes:
        # Redirects and proxies of the environment are never followed (threat row 50).
        async with (
            ClientSession(timeout=_FETCH, trust_env=False) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            response.raise_for_status()
            if response.status != 200:
                raise ConnectionError(f"the issuer answered {response.status}")
            data = await response.content.read(_LARGEST_JWKS + 1)
            if len(data) > _LARGEST_JWKS:
                raise ConnectionError("the issuer's keys are too large")
            return data

    return fetch
