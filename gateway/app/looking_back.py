"""Looking back at what was done, and having it written to files: wired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gateway.app.exporting import Exporting
from gateway.audit.reading.session_pages import SessionPages
from gateway.config import Config
from gateway.people.operators import Operators
from gateway.people.preferences import PreferenceBook
from gateway.policy.rights.desk import Desk
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.audit_sight import AuditSight
from gateway.sessions.events import Events
from gateway.sessions.export_book import ExportBook
from gateway.sessions.export_desk import ExportDesk
from gateway.sessions.past import Past
from gateway.sessions.repository import SessionRepository
from gateway.sessions.session_timeline import Timelines
from gateway.sessions.standings import Standings
from gateway.sessions.watched import Watched
from gateway.site import Site
from gateway.store.client import Store


class LookingBack(NamedTuple):
    """What pages and the API look back by, and who writes the files."""

    histories: Timelines
    exports: ExportDesk
    writers: Exporting


def looking_back(
    config: Config,
    store: Store,
    sites: Mapping[str, Site],
    operators: Operators,
    standings: Standings,
    book: PreferenceBook,
    profiles: Profiles,
    desk: Desk,
    repository: SessionRepository,
    events: Events,
    now: Callable[[], int],
) -> LookingBack:
    """Wire them."""
    shards = config.audit.shards
    sight = AuditSight(sites, operators, standings, book, profiles, desk, now)
    pages = SessionPages(store, shards)
    export_book = ExportBook(store)
    writers = Exporting(config, export_book, now)
    return LookingBack(
        histories=Timelines(
            pages, sight, Past(store, shards, sight, repository, now), Watched(store, events)
        ),
        exports=ExportDesk(
            sight=sight, pages=pages, book=export_book, writers=writers, events=events, now=now
        ),
        writers=writers,
    )
