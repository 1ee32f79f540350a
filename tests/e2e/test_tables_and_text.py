"""Tables, forms and plain text through a whole gateway, and the types that it cannot look into."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.harness import Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, http

SECRET = "CANARY"
CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
SITE = {
    "categories": {"notes": "Notes", "bank": "Bank data"},
    "redaction": [
        {"id": "notes", "category": "notes", "fields": ["private_notes"], "paths": ["/people/**"]},
        {
            "id": "bank",
            "category": "bank",
            "text": ["card_number", "iban", "/KD-[0-9]+/"],
            "paths": ["/letters/**"],
            "action": "mask",
        },
    ],
}
ANSWERS = [
    (
        "/people/csv",
        "text/csv; charset=iso-8859-1",
        f"sep=;\r\nid;Größe;Private Notes\r\n1;groß;{SECRET}\r\n".encode("latin-1"),
        "sep=;\r\nid;Größe\r\n1;groß\r\n".encode("latin-1"),
    ),
    (
        "/people/excel",
        "text/csv",
        f"id\tprivate notes\tGröße\r\n1\t{SECRET}\tgroß\r\n".encode("utf-16"),
        "id\tGröße\r\n1\tgroß\r\n".encode(),
    ),
    (
        "/people/tsv",
        "text/tab-separated-values",
        f"private_notes\tid\n{SECRET}\t1\n".encode(),
        b"id\n1\n",
    ),
    (
        "/people/form",
        "application/x-www-form-urlencoded",
        f"id=1&user%5Bprivate_notes%5D={SECRET}".encode(),
        b"id=1",
    ),
    (
        "/letters/1",
        "text/plain",
        f"Card {CARD}, IBAN {IBAN}, customer KD-17.".encode(),
        "Card •••, IBAN •••, customer •••.".encode(),
    ),
]
COUNTS = {"notes": 1, "bank": 3}


@pytest.fixture
async def gw(tmp_path: Path, store_url: str, app: RecorderApp) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(app.port, **SITE)) as gateway:
        yield gateway


async def outcomes(gw: Running) -> list[tuple[str, str, list[tuple[str, int]]]]:
    return [
        (
            record["target"],
            record.get("reason", ""),
            [(each["rule"], each["count"]) for each in record.get("redactions", ())],
        )
        for record in await gw.records()
        if record["kind"] == "request.outcome"
    ]


async def blocked(gw: Running, session: Entered, target: str) -> str:
    accept = {"Accept": "application/json"}
    answer = await gw.get(target, session.headers | accept)
    body = await answer.read()
    assert (answer.status, SECRET.encode() in body) == (502, False)
    code: str = json.loads(body)["code"]
    return code


@pytest.mark.threat(31)
@pytest.mark.threat(35)
async def test_row_31_and_35_hidden_values_are_in_no_table_form_or_text(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    for target, type_, body, shown in ANSWERS:
        for packed in (False, True):
            coding = ("Content-Encoding: gzip",) if packed else ()
            app.reply = http(gzip.compress(body) if packed else body, type_=type_, headers=coding)
            answer = await gw.get(target, session.headers)
            assert (answer.status, await answer.read()) == (200, shown), target
            rule = "bank" if target.startswith("/letters") else "notes"
            told = answer.headers["X-Gateway-Redacted"]
            assert told.startswith(f'"{rule}";category="{rule}"')
            assert (await outcomes(gw))[-1] == (target, "", [(rule, COUNTS[rule])])


@pytest.mark.threat(31)
async def test_row_31_what_no_format_reads_is_blocked_with_a_page_that_says_so(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    for type_, start in (
        ("application/pdf", b"%PDF-1.7 "),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
        ("application/zip", b"PK\x03\x04"),
        ("application/octet-stream", b""),
        ("application/x-something", b""),
        ("text/csv", b"%PDF-1.7 "),
        ("text/csv", b'[{"private_notes": "'),
        ("text/plain", b"id;private_notes\n1;"),
        (None, b"id;private_notes\n1;"),
    ):
        app.reply = http(start + SECRET.encode(), type_=type_)
        assert await blocked(gw, session, "/people/1") == "type_unreadable", type_
    app.reply = http(f"id,name\n1,2,{SECRET}\n".encode(), type_="text/csv")
    page = await gw.get("/people/1", session.headers | {"Accept": "text/html"})
    assert page.status == 502
    assert "row 2 has another number of cells" in await page.text()
    assert SECRET not in await page.text()
