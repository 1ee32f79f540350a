"""What is kept for a session is found for that very session only, and is bounded."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.identity import per_session
from gateway.identity.per_session import PerSession
from tests.sample import SESSION, acting_for


def test_it_is_found_while_the_session_is_as_it_was() -> None:
    kept: PerSession[int] = PerSession()
    assert kept.get(SESSION) is None
    kept.put(SESSION, 1)
    assert kept.get(replace(SESSION)) == 1
    assert kept.get(acting_for(id="mei")) is None
    kept.put(SESSION, 2)
    assert kept.get(SESSION) == 2


def test_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(per_session, "MOST", 2)
    kept: PerSession[int] = PerSession()
    sessions = [replace(SESSION, id=str(i)) for i in range(3)]
    for i, session in enumerate(sessions):
        kept.put(session, i)
    assert [kept.get(session) for session in sessions] == [None, 1, 2]
