"""`policy replay`: starts on record, asked again of the policies of a config."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from gateway.app.history import starts
from gateway.app.people import load_policies, profiles_of
from gateway.audit.reading.choice import Choice
from gateway.audit.reading.fields import Fields
from gateway.audit.record import Kind
from gateway.config import Config
from gateway.policy.rights.replay import Replayed, facts_of, replayed


@dataclass(frozen=True, slots=True)
class Decided:
    """A start or a refusal on record, and what the policies say now; None: it cannot be known."""

    told: Fields
    again: Replayed | None


async def replay(store_of: Config, policies_of: Config, choice: Choice) -> AsyncIterator[Decided]:
    """Ask the policies of one config about the starts on record in the store of another.

    Refusals that no policy decided are passed over. The newest come first.

    Raises:
        GatewayError, StoreAway: the store or the policies cannot be read.
    """
    policies = load_policies(policies_of, profiles_of(policies_of))
    async for record in starts(store_of, choice):
        allowed = record["kind"] == Kind.SESSION_STARTED
        facts = facts_of(record.get("facts"))
        if facts is not None:
            rule = record.get("rule", "")
            yield Decided(record, replayed(policies, facts, allowed=allowed, rule=rule))
        elif allowed:
            yield Decided(record, None)
