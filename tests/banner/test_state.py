from gateway.banner.state import bar_state
from gateway.model import Actor, Mode, Session, Subject


def test_the_bar_says_what_the_session_is() -> None:
    session = Session(
        id="s1",
        site="crm",
        actor=Actor(id="ada", name="Ada Okafor", email="ada@example.com", profile="Support"),
        subject=Subject(
            id="jonas.weber",
            name="Jonas Weber",
            email="jonas@nordlicht.example",
            account="nordlicht",
            account_name="Nordlicht GmbH",
            status="active",
        ),
        mode=Mode.READ_WRITE,
        reason="Deal board empty",
        ticket="#48213",
        isolation="host",
        host="k3f9.crm.example.com",
        started_at=1_000,
        expires_at=61_000,
        idle_ms=1_000,
    )

    state = bar_state(
        session, site="CRM", prefix="/_gateway/", console_url="https://acting.example.com/_gateway/"
    )

    assert (state.actor, state.subject, state.account) == (
        "Ada Okafor",
        "Jonas Weber",
        "Nordlicht GmbH",
    )
    assert (state.site, state.mode, state.expires_at) == ("CRM", Mode.READ_WRITE, 61_000)
    assert state.idle_ms == 1_000
    assert (state.reason, state.ticket) == ("Deal board empty", "#48213")
    assert state.leave_url == "/_gateway/leave"
    assert state.console_url == "https://acting.example.com/_gateway/"
