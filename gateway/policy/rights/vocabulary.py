"""The names that policies may use, and the schema that holds them to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files as package_files
from typing import Final

import cedarpy

from gateway.policy.rights.profiles import SHIPPED

SCHEMA: Final = (
    package_files("gateway.policy.rights").joinpath("schema.cedarschema").read_text("utf-8")
)


class Vocabulary:
    """The profiles, sites, categories and capabilities there are; no policy can name another.

    Where none of a kind but profiles are given, policies can name any.
    """

    def __init__(
        self,
        profiles: Sequence[str] = SHIPPED,
        sites: Sequence[str] = (),
        categories: Sequence[str] = (),
        capabilities: Sequence[str] = (),
    ) -> None:
        self.profiles = tuple(profiles)
        self._names = {
            "Profile": self.profiles,
            "Site": sites,
            "Category": categories,
            "Capability": capabilities,
        }

    @cached_property
    def text(self) -> str:
        """The schema, in Cedar's own form."""
        text = SCHEMA
        for kind, names in self._names.items():
            if names:
                listed = ", ".join(json.dumps(name, ensure_ascii=False) for name in names)
                text = text.replace(f"entity {kind};", f"entity {kind} enum [{listed}];")
        return text

    @cached_property
    def schema(self) -> cedarpy.Schema:
        """The schema, parsed."""
        return cedarpy.Schema.from_str(self.text)
