import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.banner.assets import TEXTS, bar_css, bar_js, bar_svg
from tests.banner.support import REAL, STATE


def test_the_script_holds_its_styles_and_no_more_than_it_needs() -> None:
    script = bar_js(str)
    for name in (b"@BAR_CSS@", b"@PAGE_CSS@", b"@WORDS@", b"\n//", b"/**"):
        assert name not in script
    assert b":host { all: initial !important" in script
    assert len(script) < 50_000


def test_the_script_speaks_the_operators_language() -> None:
    assert {"Leave", "Details", "{time}, or after {minutes} min without use"} <= set(TEXTS)
    script = bar_js(lambda text: {"Leave": "Verlassen \u2013 </script>"}.get(text, text))
    assert b'const words = {"Leave": "Verlassen \\u2013 </script>"};' in script


def test_the_icon_has_the_first_letters_and_nothing_else_of_a_name() -> None:
    assert b">JW</text>" in bar_svg(STATE)
    named = msgspec.structs.replace(STATE, subject="<script>&\"' 名前")
    assert ">S名</text>".encode() in bar_svg(named)
    assert b"script" not in bar_svg(named)


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
