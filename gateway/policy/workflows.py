"""Workflows: parts of an app, each of which a session may be for, and no more than that.

A session of a workflow gets to the workflow's paths only. They are held against the wire path as an
allow rule's are (`PathPattern.matches_exactly`): whatever is another path, or could be one to some
app, is outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.policy.path_index import ExactIndex
from gateway.policy.paths import PathPattern

_FIRST_PAGE: Final = "/"


class Workflow:
    """One part of an app.

    Args:
        name: its id in the API, in policies and on records.
        label: its name for people.
        start: the target at which a session of it begins, in origin-form.
        paths: patterns of `gateway.policy.paths`.

    Raises:
        ValueError: a pattern is none, or `start` is not within them.
    """

    __slots__ = ("_paths", "label", "name", "start")

    def __init__(self, *, name: str, label: str, start: str, paths: Iterable[str]) -> None:
        self.name = name
        self.label = label
        self.start = start
        self._paths = ExactIndex((PathPattern(path), True) for path in paths)
        if not self.holds(start.partition("?")[0]):
            raise ValueError(f"workflow {name!r}: start {start!r} is not within its paths")

    def holds(self, path: str) -> bool:
        """Whether a wire path, without a query, is a part of it."""
        return bool(self._paths.find(path))


class Workflows:
    """Those of a site.

    Raises:
        ValueError: two have the same id.
    """

    __slots__ = ("_by_id",)

    def __init__(self, workflows: Iterable[Workflow] = ()) -> None:
        self._by_id: dict[str, Workflow] = {}
        for each in workflows:
            if each.name in self._by_id:
                raise ValueError(f"there are two workflows {each.name!r}")
            self._by_id[each.name] = each

    def __contains__(self, workflow: object) -> bool:
        return workflow in self._by_id

    @property
    def labels(self) -> dict[str, str]:
        """Their names for people, by id."""
        return {each.name: each.label for each in self._by_id.values()}

    def hold(self, workflow: str, path: str) -> bool:
        """Whether a wire path is a part of one; of one that there is not, none is."""
        found = self._by_id.get(workflow)
        return found is not None and found.holds(path)

    def label(self, workflow: str) -> str:
        """Give one's name for people; empty for none, the id where it is not known any more."""
        found = self._by_id.get(workflow)
        return workflow if found is None else found.label

    def start(self, workflow: str) -> str:
        """Give the target at which a session of one begins; that of any other is the first page."""
        found = self._by_id.get(workflow)
        return _FIRST_PAGE if found is None else found.start


NO_WORKFLOWS: Final = Workflows()
