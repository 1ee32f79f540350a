"""What other policies would have decided, of decisions that are on record. Pure."""

from __future__ import annotations

import msgspec

from gateway.model import Deny, Frozen
from gateway.policy.rights.facts import Facts
from gateway.policy.rights.files import Policies
from gateway.policy.rights.start import decide


class Outcome(Frozen, frozen=True, kw_only=True):
    """What came out: `rule` names the policies that decided, `reveal` the categories shown.

    `capabilities`: what the actor was given in the app.
    """

    allowed: bool
    rule: str
    reveal: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()


class Replayed(Frozen, frozen=True, kw_only=True):
    """A decision as it was, and as other policies would have it."""

    was: Outcome
    would_be: Outcome

    @property
    def differs(self) -> bool:
        """Whether somebody could do more or less; by which policies does not count."""
        was, would_be = _gist(self.was), _gist(self.would_be)
        return was != would_be


def _gist(outcome: Outcome) -> tuple[bool, set[str], set[str]]:
    return outcome.allowed, set(outcome.reveal), set(outcome.capabilities)


_convert = msgspec.convert


def facts_of(said: object) -> Facts | None:
    """Read facts as a record has them; None where it has none that can be used."""
    try:
        return _convert(said, Facts)
    except msgspec.ValidationError:
        return None


def replayed(policies: Policies, facts: Facts, *, allowed: bool, rule: str) -> Replayed:
    """Ask policies again; `allowed` and `rule` are what came out then.

    Categories and capabilities that the site has now and had not then are not asked about.
    """
    answer = decide(policies, facts.case)
    if isinstance(answer, Deny):
        would_be = Outcome(allowed=False, rule=answer.rule)
    else:
        would_be = Outcome(
            allowed=True,
            rule=",".join(answer.policies),
            reveal=answer.reveal,
            capabilities=answer.capabilities,
        )
    was = Outcome(allowed=allowed, rule=rule)
    if allowed:
        was = msgspec.structs.replace(was, reveal=facts.reveal, capabilities=facts.capabilities)
    return Replayed(was=was, would_be=would_be)
