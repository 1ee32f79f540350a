"""Read who may sign in, how, and what they may do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout

from gateway import config
from gateway.errors import GatewayError
from gateway.people.authenticator import OperatorAuthenticator
from gateway.people.group_operators import GroupOperators, Groups
from gateway.people.jwks import KeySet
from gateway.people.operators import Operators, read_operators
from gateway.people.people_book import PeopleBook
from gateway.people.sign_in_header import HeaderSignIn
from gateway.people.sign_in_jwt import JwtSignIn, JwtSignInSettings
from gateway.people.source import Directory
from gateway.people.throttle import Throttle
from gateway.policy.rights.files import Policies, read_policies
from gateway.policy.rights.hours import Hours, window_of
from gateway.policy.rights.profiles import SHIPPED, Profile, Profiles
from gateway.policy.rights.ready import ready_files
from gateway.policy.rights.vocabulary import Vocabulary
from gateway.site import Peers
from gateway.store.client import Store

_FETCH = ClientTimeout(total=5)
_LARGEST_JWKS = 1 << 20


def load_operators(said: config.Config, profiles: Profiles) -> Operators:
    """Read the operators file; nobody is in none.

    Raises:
        GatewayError: `config`, with every fault of the file.
    """
    if said.operators is None:
        return Operators({}, {})
    try:
        text = said.operators.read_bytes()
    except OSError as fault:
        raise _unreadable_operators(fault) from fault
    return operators_of(said.operators, profiles, text)


def operators_of(file: Path, profiles: Profiles, text: bytes) -> Operators:
    """Make operators of what their file says.

    Raises:
        GatewayError: `config`, with every fault of the file.
    """
    try:
        return read_operators(text.decode(), str(file), profiles.names)
    except ValueError as fault:
        raise _unreadable_operators(fault) from fault


def _unreadable_operators(fault: Exception) -> GatewayError:
    return GatewayError("config", f"The operators cannot be read: {fault}.")


def groups_of(
    said: config.Config, profiles: Profiles, directories: Mapping[str, Directory]
) -> GroupOperators:
    """Give the operators whom groups of the sites' directories make, which are given by name.

    Raises:
        GatewayError: `config`, there is no such profile.
    """
    for site in said.sites:
        for each in site.operators:
            if each.profile not in profiles.names:
                raise GatewayError(
                    "config",
                    f"Site {site.name} makes group {each.group} operators of the profile "
                    f"{each.profile!r}, which there is not.",
                    f"There are {', '.join(profiles.names)}.",
                )
    return GroupOperators(
        [
            Groups(directories[site.name], [(each.group, each.profile) for each in site.operators])
            for site in said.sites
            if site.operators
        ]
    )


def profiles_of(said: config.Config) -> Profiles:
    """Give every profile there is: the shipped, and what the config says of them and of others.

    Raises:
        GatewayError: `config`, one is like nothing that there is.
    """
    own = {profile.name for profile in said.profiles}
    shipped = (config.Profile(name=name) for name in SHIPPED if name not in own)
    try:
        return Profiles(_profile(each, said.sessions) for each in (*shipped, *said.profiles))
    except ValueError as fault:
        raise GatewayError("config", f"The profiles cannot be used: {fault}.") from fault


def _profile(said: config.Profile, otherwise: config.Sessions) -> Profile:
    hours = otherwise.hours if said.hours is None else said.hours
    zone = said.zone or otherwise.zone
    lifetime = said.lifetime or otherwise.lifetime
    return Profile(
        name=said.name,
        like=said.like,
        lifetime_ms=int(lifetime * 1000),
        idle_ms=int((said.idle or otherwise.idle) * 1000),
        longest_ms=int(max(lifetime, said.longest or otherwise.longest) * 1000),
        elevation_ms=int((said.elevation or otherwise.elevation) * 1000),
        hours=None if hours is None else Hours(windows=tuple(map(window_of, hours)), zone=zone),
        networks=otherwise.networks if said.networks is None else said.networks,
    )


def policy_files(said: config.Config) -> dict[str, str]:
    """Read the policy files of the config's folder: name -> text; none without a folder.

    Raises:
        GatewayError: `config`, one cannot be read.
    """
    if said.policies.folder is None:
        return {}
    try:
        own = sorted(Path(said.policies.folder).glob("*.cedar"))
        return {path.name: path.read_text("utf-8") for path in own}
    except (ValueError, OSError) as fault:
        raise _unreadable(fault) from fault


def policies_of(said: config.Config, profiles: Profiles, own: Mapping[str, str]) -> Policies:
    """Parse the ready policies that the config names, and one's own.

    Raises:
        GatewayError: `config`, with every fault of the files.
    """
    vocabulary = Vocabulary(
        profiles.names,
        [site.name for site in said.sites],
        list(dict.fromkeys(name for site in said.sites for name in site.categories)),
        list(dict.fromkeys(name for site in said.sites for name in site.capabilities)),
    )
    try:
        return read_policies({**ready_files(said.policies.ready), **own}, vocabulary)
    except ValueError as fault:
        raise _unreadable(fault) from fault


def load_policies(said: config.Config, profiles: Profiles) -> Policies:
    """Read the policies: the ready ones that the config names, and those of its folder.

    Raises:
        GatewayError: `config`, with every fault of the files.
    """
    return policies_of(said, profiles, policy_files(said))


def _unreadable(fault: Exception) -> GatewayError:
    return GatewayError("config", f"The policies cannot be read: {fault}.")


def authenticator(
    said: config.SignIn, operators: Operators, store: Store, fresh_for: float
) -> OperatorAuthenticator:
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
        fresh_for=int(fresh_for),
        password=lambda name: PeopleBook(store).password(name),
    )


def _token_sign_in(said: config.JwtSignIn) -> JwtSignIn:
    settings = JwtSignInSettings(
        header=said.header,
        issuer=said.issuer,
        audience=said.audience,
        algorithm=said.algorithm,
        claim=said.claim,
        acr_values=said.acr_values,
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
