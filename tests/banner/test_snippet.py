import json
from html.parser import HTMLParser

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.banner.snippet import snippet
from tests.banner.support import NONCE, NOW, STATE


class Tags(HTMLParser):
    def __init__(self, text: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text.decode("ascii"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def tags(text: bytes) -> list[tuple[str, dict[str, str | None]]]:
    parsed = Tags(text)
    assert parsed.text == ""
    return parsed.found


def test_it_is_a_style_sheet_and_a_script_below_the_prefix() -> None:
    link, script = tags(snippet(STATE, prefix="/_acting/", nonce=NONCE, now=NOW))

    assert link == ("link", {"rel": "stylesheet", "href": "/_acting/bar.css"})
    assert script[0] == "script"
    assert script[1]["src"] == "/_acting/bar.js"
    assert script[1]["nonce"] == NONCE


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_name_arrives_as_it_is_and_nothing_leaves_the_attribute(
    subject: str, reason: str
) -> None:
    state = msgspec.structs.replace(STATE, subject=subject, reason=reason)

    (_, script) = tags(snippet(state, prefix="/_gateway/", nonce=NONCE, now=NOW))

    data = json.loads(script[1]["data-state"] or "")
    assert (data["subject"], data["reason"]) == (subject, reason)
    assert set(script[1]) == {"src", "nonce", "data-state"}


def test_it_tells_the_time_that_is_left_so_the_browsers_clock_does_not_matter() -> None:
    def left(now: int) -> int:
        (_, script) = tags(snippet(STATE, prefix="/_gateway/", nonce=NONCE, now=now))
        told: int = json.loads(script[1]["data-state"] or "")["left"]
        return told

    assert left(NOW) == 1_300_000
    assert left(STATE.expires_at + 5) == 0


def test_what_a_session_is_for_is_told_where_it_is_for_one() -> None:
    def told(**said: object) -> dict[str, object]:
        state = msgspec.structs.replace(STATE, **said)
        (_, script) = tags(snippet(state, prefix="/_gateway/", nonce=NONCE, now=NOW))
        found: dict[str, object] = json.loads(script[1]["data-state"] or "")
        return found

    assert not {"workflow", "desk"} & set(told())
    said = told(workflow="Create a quote", elsewhere=True, desk_url="https://acting/_gateway/")
    assert (said["workflow"], said["desk"]) == ("Create a quote", "https://acting/_gateway/")
