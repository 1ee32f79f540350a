import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.banner.assets import BAR_JS, bar_css
from tests.banner.support import REAL, STATE


def test_the_script_holds_its_styles() -> None:
    assert b"@BAR_CSS@" not in BAR_JS
    assert b"@PAGE_CSS@" not in BAR_JS
    assert b":host { all: initial !important" in BAR_JS


def test_the_plain_bar_names_subject_account_mode_and_the_way_out() -> None:
    said = bar_css(STATE).decode().replace("\\2f ", "/").replace("\\5f ", "_")

    for words in ("Jonas Weber", "Nordlicht GmbH", "look only", "/_gateway/leave"):
        assert words in said
    assert "your changes are real" in bar_css(REAL).decode()


@settings(deadline=None)
@given(st.text())
def test_no_name_ends_the_plain_bars_string(name: str) -> None:
    empty = bar_css(msgspec.structs.replace(STATE, subject=""))
    css = bar_css(msgspec.structs.replace(STATE, subject=name))

    before, _, after = empty.partition(b"Acting as ")
    start, end = len(before) + len(b"Acting as "), len(css) - len(after)
    added = css[start:end].replace(b"\\", b"").replace(b" ", b"")
    assert css.startswith(before + b"Acting as ")
    assert css.endswith(after)
    assert added.isalnum() or not added
