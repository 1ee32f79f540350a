"""The policies that hold now: whoever asks them asks here, each time."""

from __future__ import annotations

from gateway.policy.rights.files import Policies


class InForce:
    """Holds them until others take their place."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
