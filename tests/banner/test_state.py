from msgspec.structs import replace

from gateway.banner.assets import bar_css
from gateway.banner.state import bar_state
from gateway.model import Mode
from tests.sample import NOW, SESSION


def test_the_bar_says_what_the_session_is() -> None:
    session = replace(
        SESSION, mode=Mode.READ_WRITE, reason="Deal board empty", ticket="#48213", idle_ms=1_000
    )

    state = bar_state(
        session, site="CRM", prefix="/_gateway/", console_url="https://acting.example.com/_gateway/"
    )

    assert (state.actor, state.subject, state.account) == (
        "Ada Okafor",
        "Jonas Weber",
        "Nordlicht GmbH",
    )
    assert (state.site, state.mode, state.expires_at) == ("CRM", Mode.READ_WRITE, NOW + 1_800_000)
    assert state.idle_ms == 1_000
    assert (state.reason, state.ticket) == ("Deal board empty", "#48213")
    assert state.leave_url == "/_gateway/leave"
    assert state.console_url == "https://acting.example.com/_gateway/"


def test_the_bar_names_the_workflow_and_leads_back_to_where_the_operator_came_from() -> None:
    console = "https://acting.example.com/_gateway/"
    portal = "https://portal.example.com/customers/7"
    session = replace(SESSION, workflow="quotes", return_to=portal)
    state = bar_state(
        session, site="CRM", prefix="/_gateway/", console_url=console, workflow="Create a quote"
    )
    assert (state.workflow, state.console_url, state.elsewhere) == ("Create a quote", portal, True)
    assert b"Create a quote" in bar_css(state)
    state = bar_state(SESSION, site="CRM", prefix="/_gateway/", console_url=console)
    assert (state.workflow, state.console_url, state.elsewhere) == ("", console, False)
