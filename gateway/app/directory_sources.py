"""Where the directories of all sites come from, and what keeps them up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import structlog

from gateway import config
from gateway.app.directories import files_of, load_directory
from gateway.app.directory_file import DirectoryFile
from gateway.app.directory_store import DirectoryStore
from gateway.app.file_watch import Look, look_at
from gateway.errors import GatewayError
from gateway.people.document import PeopleError
from gateway.people.house_contacts import HouseTemplate
from gateway.people.memory import MemoryDirectory, index_of
from gateway.people.population import Population
from gateway.people.stored import ledger_of, read_all
from gateway.sessions.events import Events
from gateway.sessions.review import Review
from gateway.site import Site
from gateway.store.client import Store
from gateway.store.ledger import Ledger

_log = structlog.get_logger("directory")


class Source(NamedTuple):
    """Where a directory is kept, when it was read (milliseconds), and what is wrong with it."""

    kept_in: str
    read_at: int
    stale: bool
    fault: str


def looks_of(sites: Sequence[config.Site]) -> dict[str, Look]:
    """See how the files of directories are, before they are read."""
    return {
        each.name: look_at(*files_of(each.directory)) for each in sites if each.directory != "store"
    }


def template_of(said: config.Site) -> HouseTemplate | None:
    """Give what a site's house contacts are like; None: the gateway makes none."""
    one = said.house_contact
    if one is None:
        return None
    return HouseTemplate(id=one.id, name=one.name, email=one.email, groups=one.groups)


async def directory_of(said: config.Site, store: Store | None) -> MemoryDirectory:
    """Give a site's directory as it is now, for looking up; it is not indexed where it is stored.

    `store` may be None where the directory is in a file.

    Raises:
        GatewayError: `config`, its file cannot be used.
        StoreAway: the store does not answer.
    """
    template = template_of(said)
    if said.directory == "store":
        assert store is not None  # noqa: S101 - as said above
        people, _ = await read_all(Ledger(store, ledger_of(said.name)), template)
        return MemoryDirectory.of(people, index_of(Population()))
    try:
        return load_directory(said.directory, template)
    except (PeopleError, OSError) as fault:
        raise GatewayError("config", f"A directory cannot be read: {fault}.") from fault


class DirectorySources:
    """Of every site, a file that is watched, or the store that is followed."""

    def __init__(
        self,
        said: Sequence[config.Site],
        held: Mapping[str, Look],
        sites: Mapping[str, Site],
        store: Store,
        review: Review,
        events: Events,
    ) -> None:
        self._files: dict[str, DirectoryFile] = {}
        self._stored: dict[str, DirectoryStore] = {}
        for each in said:
            name, template = each.name, template_of(each)
            directory = cast(MemoryDirectory, sites[name].directory)
            if each.directory == "store":
                self._stored[name] = DirectoryStore(name, template, directory, store, review)
            else:
                self._files[name] = DirectoryFile(
                    name, each.directory, template, held[name], directory, review, events
                )

    async def load(self) -> None:
        """Read those that are in the store.

        Raises:
            StoreAway: the store does not answer.
        """
        for each in self._stored.values():
            await each.load()

    def start(self) -> None:
        """Begin to keep them up to date."""
        for file in self._files.values():
            file.watch.start()
        for stored in self._stored.values():
            stored.start()

    async def stop(self) -> None:
        """Leave them as they are."""
        for file in self._files.values():
            await file.watch.stop()
        for stored in self._stored.values():
            await stored.stop()

    def of(self, site: str) -> Source:
        """Say how the source of a site's directory is."""
        if site in self._stored:
            stored = self._stored[site]
            fault = "The store does not answer." if stored.stale else ""
            return Source("store", stored.read_at, stored.stale, fault)
        watch = self._files[site].watch
        return Source("file", watch.read_at, watch.stale, watch.fault)

    @property
    def stale(self) -> dict[str, bool]:
        """Of each site, whether its source may say something else than what holds."""
        files = {name: each.watch.stale for name, each in self._files.items()}
        return files | {name: each.stale for name, each in self._stored.items()}
