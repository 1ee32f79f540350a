"""Plain text: what the patterns find is hidden, and nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.hiding import keyed_hash
from tests.redaction.support import HASH_KEY, redact_body, rule, select

CARD = "4111111111111111"
CARDS = rule("cards", text=["card_number"])
SECRETS = [
    "4111 1111-1111 1111",
    "４１１１１１１１１１１１１１１１",
    "٤١١١ ١١١١ ١١١١ ١١١١",
    "4111\u200b1111\u00ad11111111",
    "4111\u00a01111\u20111111\u20131111",
    "4̲111111111111111",
    "DE89 3704 0044 0532 0130 00",
    "ｄｅ89370400440532013000",
    "ann@mail.exa\u00admple",
    "KD-1234",
    "ＫＤ-1234",
]
EVERY = select(rule("all", text=["card_number", "iban", "email", "/KD-[0-9]{4}/"]))
FILLER = st.text("aé漢㎏\u200b\n,;", max_size=4)


@pytest.mark.threat(31)
@pytest.mark.threat(36)
@given(st.data())
def test_row_31_and_36_values_are_hidden_in_any_spelling_and_chunking(data: st.DataObject) -> None:
    secrets = data.draw(st.lists(st.sampled_from(SECRETS), max_size=4))
    fillers = [data.draw(FILLER) for _ in secrets]
    body = "".join(f"{a}\n{b}\n" for a, b in zip(fillers, secrets, strict=True))
    out, remarks = redact_body(
        "text", body.encode(), EVERY, cuts=data.draw(st.lists(st.integers(0, 200), max_size=6))
    )
    assert out.decode() == "".join(f"{each}\n\n" for each in fillers)
    assert sum(each.count for each in remarks) == len(secrets)


def test_a_mask_a_hash_and_the_rule_that_shows_the_least() -> None:
    mask = rule("mask", text=["card_number"], action="mask")
    code = rule("hash", text=["card_number", "/ref [0-9]+/"], action="hash")
    body = f"a {CARD} b ref {CARD}."
    assert redact_body("text", body.encode(), select(mask, code)) == (
        "a ••• b •••.".encode(),
        (Remark(rule="mask", category="mask", count=2),),
    )
    hashed = keyed_hash(HASH_KEY, CARD)
    for spelled in (CARD, "4111 1111 1111 1111", "٤١١١-١١١١-١١١١-١١١١"):
        out, _ = redact_body(
            "text", spelled.encode(), select(rule("h", text=["card_number"], action="hash"))
        )
        assert out.decode() == hashed


def test_a_pattern_sees_the_text_as_it_stands_too() -> None:
    out, _ = redact_body("text", "—12 –12".encode(), select(rule("dash", text=["/—[0-9]+/"])))
    assert out.decode() == " –12"


def test_a_charset_without_the_masks_dots_gets_asterisks() -> None:
    body = f"名 {CARD}".encode("cp932")
    mask = select(rule("mask", text=["card_number"], action="mask"))
    out, _ = redact_body("text", body, mask, codec="cp932")
    assert out.decode("cp932") == "名 ***"


@pytest.mark.threat(35)
@pytest.mark.parametrize("body", [b"caf\xe9", b"\x1b[0m", b"a\x00b", b"\xff\xfe4\x001\x00"])
def test_row_35_what_is_no_text_is_blocked(body: bytes) -> None:
    with pytest.raises(Unreadable):
        redact_body("text", body, select(CARDS))


@pytest.mark.threat(31)
def test_row_31_text_with_a_hidden_member_is_blocked() -> None:
    selection = select(rule("notes", fields=["private_notes"], text=["card_number"]))
    assert redact_body("text", b"about private_notes: none", selection)[1] == ()
    with pytest.raises(Unreadable, match="hidden field 'private_notes'"):
        redact_body("text", b'12:00 sent {"private_notes": "SECRET"}', selection)
