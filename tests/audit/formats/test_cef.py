from __future__ import annotations

import json
import re

import pytest
from hypothesis import given

from gateway.audit.formats.cef import written
from gateway.audit.reading.fields import flat
from gateway.audit.record import Kind, RecordClient
from tests.audit.formats.samples import LINES, a_line, fields, of_a_newer_gateway, wild_lines

_KEY = re.compile(r"(?:^| )([A-Za-z0-9]+)=")


def parsed(line: bytes) -> tuple[list[str], dict[str, str]]:
    """The header's parts and the pairs, as a plain reader of the format finds them."""
    text = written(line, fields(line)).decode()
    assert text.endswith("\n")
    assert len(text.splitlines()) == 1
    *header, rest = re.split(r"(?<!\\)(?:\\\\)*\|", text[:-1], maxsplit=7)
    found = list(_KEY.finditer(rest))
    ends = [each.start() for each in found[1:]] + [len(rest)]
    pairs = {
        each[1]: unescaped(rest[each.end() : end]) for each, end in zip(found, ends, strict=True)
    }
    assert len(pairs) == len(found), "a key stands there twice"
    return header, pairs


def unescaped(value: str) -> str:
    assert re.fullmatch(r"(?:[^\\=]|\\[\\=nr])*", value), value
    plain = {"n": "\n", "r": "\r"}
    return re.sub(r"\\(.)", lambda found: plain.get(found[1], found[1]), value)


def test_a_request_is_a_line_with_its_header_and_pairs() -> None:
    header, pairs = parsed(a_line())
    assert header == [
        "CEF:0",
        "Impersonation Gateway",
        "impersonation-gateway",
        "1",
        "request.outcome",
        "request outcome",
        "1",
    ]
    assert (pairs["suid"], pairs["duid"], pairs["src"]) == ("ada", "jonas.weber", "10.0.0.1")
    assert (pairs["cs1Label"], pairs["cs1"]) == ("session", "s1")
    assert (pairs["cn1Label"], pairs["cn1"], pairs["outcome"]) == ("status", "200", "success")
    assert pairs["request"] == "/deals/7?view=*"
    assert json.loads(pairs["gatewayRedactions"])[0]["category"] == "private_notes"


@pytest.mark.parametrize("line", LINES, ids=lambda line: fields(line)["kind"])
def test_no_field_that_says_something_is_left_out(line: bytes) -> None:
    _, pairs = parsed(line)
    for name, value in flat(fields(line)).items():
        text = value if isinstance(value, str) else json.dumps(value)
        assert name in ("v", "at") or text in ("", *pairs.values()), name


@given(wild_lines())
def test_whatever_strangers_wrote_it_stays_in_its_value(line: bytes) -> None:
    _, pairs = parsed(line)
    honest = {key for known in LINES for key in parsed(known)[1]} | {"c6a2Label", "c6a2"}
    assert pairs.keys() <= honest | {"reason", "msg", "cs5", "cs6", "cs5Label", "cs6Label"} | {
        "gatewayClientAddress"
    }
    why = fields(line).get("why", "")
    if why.isprintable():
        assert pairs.get("cs5", "") == why


def test_a_loss_is_severe_and_a_refusal_more_than_what_went_well() -> None:
    severities = [parsed(a_line(kind))[0][6] for kind in (Kind.AUDIT_LOST, Kind.REQUEST_REFUSED)]
    assert severities == ["9", "4"]


def test_an_address_goes_where_its_kind_belongs() -> None:
    for address, key in (("::1", "c6a2"), ("10.0.0.1", "src"), ("a pipe", "gatewayClientAddress")):
        _, pairs = parsed(a_line(client=RecordClient(address=address)))
        assert pairs[key] == address


def test_what_a_newer_gateway_wrote_has_keys_of_ours() -> None:
    _, pairs = parsed(of_a_newer_gateway())
    assert (pairs["gatewayChangedRole"], pairs["gatewayWeight"]) == ('["a", "b"]', "7")
