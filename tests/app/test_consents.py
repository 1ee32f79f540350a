"""Headers by which an app is told of a session speak against its user."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.harness import running, site
from tests.e2e.recorder_app import http, recorder_app
from tests.e2e.test_consent import BY_APP, OPERATORS, Person, code_of

HEADERS = {
    "X-User": "{subject.id}",
    "X-Who": "by {actor.name}",
    "X-May": "{capabilities}",
    "X-For": "{workflow}",
}


@pytest.mark.parametrize("name", ["X-Who", "x-may", "X-FOR"])
async def test_who_says_that_somebody_acts_is_not_the_user(
    tmp_path: Path, store_url: str, name: str
) -> None:
    async with recorder_app() as app:
        app.reply = http(b'{"user": {"id": "jonas"}}', type_="application/json")
        said = site(app.port, **BY_APP, identity={"headers": HEADERS})
        async with running(tmp_path, store_url, said, people=OPERATORS) as gw:
            assert (await Person(gw, **{"X-User": "priya"}).get()).status == 200
            seen = len(app.seen)
            answer = await Person(gw, **{name: "x"}).get()
            assert await code_of(answer) == (403, "consent_by_operator")
            assert len(app.seen) == seen
