"""Requests on their way through the stages, for a site compiled as the gateway would."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.audit.bodies.levels import Levels
from gateway.banner.beacons import Beacons
from gateway.middleware.draft import Draft
from gateway.middleware.names import HeaderNames
from gateway.middleware.proofs import Proofs
from gateway.model import Headers, RequestHead
from gateway.people.yaml_source import read_directory
from gateway.policy.graphql import Endpoints
from gateway.policy.requests import compile_requests
from gateway.policy.sockets import Sockets
from gateway.redaction.rules import compile_rules
from gateway.site import Limits, Peers, Place, Site
from gateway.wire.target import TargetCheck

IDENTITY = ("X-Remote-User", "X-Remote-Groups")
HOST = "crm.example.com"
TRUSTED = "10.0.0.5"


def a_site(
    *, allowed: Iterable[str] = (), trusted: Iterable[str] = (), reserved: Iterable[str] = ()
) -> Site:
    return Site(
        name="crm",
        label="CRM",
        hosts=(HOST,),
        canonical=HOST,
        session_suffix=HOST,
        isolation="host",
        names=HeaderNames((*IDENTITY, *reserved), allowed, reserved),
        target=TargetCheck(),
        rules=compile_requests(()),
        graphql=Endpoints(),
        sockets=Sockets({}),
        redaction=compile_rules((), hash_key=b"k" * 32),
        categories={},
        drivers=(),
        directory=read_directory("accounts: []\nusers: []\n", "people.yaml"),
        limits=Limits(1 << 20, 5.0, 1 << 20),
        trusted=Peers(trusted),
        proofs=Proofs(),
        beacons=Beacons(()),
        levels=Levels(),
    )


SITE = a_site()


def a_draft(
    headers: Headers = (),
    *,
    target: str = "/",
    site: Site = SITE,
    peer: str = "192.0.2.1",
    trusted_peer: bool = False,
) -> Draft:
    wire = RequestHead(method="GET", target=target, headers=headers, host=HOST, peer=peer)
    return Draft(wire, Place("site", HOST, site), site, trusted_peer=trusted_peer)


def with_target(*allowed: str) -> Site:
    return replace(SITE, target=TargetCheck(allowed))
