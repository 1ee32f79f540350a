"""GraphQL uploads: two parts that say what runs, then the files that they name."""

from __future__ import annotations

import email.policy
import json
from email.parser import BytesParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.graphql_request import Call, read_post
from gateway.policy.graphql_upload import read_upload

OPERATIONS = '{"query": "mutation ($f: Upload) {b(f: $f)}", "variables": {"f": null}}'
PLACES = '{"0": ["variables.f"]}'


def part(name: str, content: str, more: str = "") -> str:
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{content}\r\n'


FILE = part("0", "text", '; filename="a.txt"\r\nContent-Type: text/plain')


def upload(*parts: str, end: str = "--B--\r\n") -> bytes:
    return ("".join(parts) + end).encode()


def test_an_upload_runs_what_its_operations_say() -> None:
    body = upload(part("operations", OPERATIONS), part("map", PLACES), FILE)
    assert read_upload(body, "B") == json.loads(OPERATIONS)
    (call,) = read_post("/graphql", 'multipart/form-data; boundary="B"', body)
    assert call == Call(document=json.loads(OPERATIONS)["query"])


def test_an_upload_may_be_a_batch_and_say_its_types() -> None:
    typed = "\r\nContent-Type: application/json; charset=utf-8"
    body = upload(
        part("operations", f"[{OPERATIONS}]", typed),
        part("map", '{"0": ["0.variables.f", "0.variables.g.1"]}', typed),
        FILE,
        end="--B--",
    )
    assert read_upload(body, "B") == [json.loads(OPERATIONS)]


@pytest.mark.threat(27)
@pytest.mark.parametrize(
    "body",
    [
        upload(part("operations", OPERATIONS)),
        upload(part("map", PLACES), part("operations", OPERATIONS), FILE),
        upload(part("operations", "{}"), part("operations", OPERATIONS), part("map", PLACES), FILE),
        upload(part("operations", "{}"), part("map", PLACES), part("operations", OPERATIONS)),
        upload(part("operations", "{}"), part("map", '{"map": []}'), part("map", "{}")),
        upload(part("operations", "{}"), part("map", "{}"), part("query", "mutation {b}")),
        upload(
            part("operations", "{}"),
            part("map", '{"query": ["variables.f"]}'),
            part("query", "mutation {b}"),
        ),
        upload(part("operations", "{}"), part("map", PLACES), FILE, FILE),
        upload(part("operations", "{}"), part("map", PLACES)),
        upload(part("operations", "{}"), part("map", '{"0": ["query"]}'), FILE),
        upload(part("operations", "{}"), part("map", '{"0": ["0.query"]}'), FILE),
        upload(part("operations", "{}"), part("map", '{"0": "variables.f"}'), FILE),
        upload(part("operations", "{}"), part("map", "[]"), FILE),
        upload(part("operations", "{}", '; filename="x"'), part("map", PLACES), FILE),
        upload(part("operations", "{}", '; name="x"'), part("map", PLACES), FILE),
        upload(part('operations"; filename="x', "{}"), part("map", PLACES), FILE),
        upload(part("operations", "{}", "\r\nContent-Type: text/plain"), part("map", PLACES), FILE),
        upload(
            part("operations", "{}", "\r\nContent-Transfer-Encoding: base64"),
            part("map", PLACES),
            FILE,
        ),
        upload(part("operations", "{}", "\nX: y"), part("map", PLACES), FILE),
        b"preamble\r\n" + upload(part("operations", "{}"), part("map", PLACES), FILE),
        upload(part("operations", "{}"), part("map", PLACES), FILE) + b"epilogue",
        upload(part("operations", "{}"), part("map", PLACES), FILE, end=""),
        upload(part("operations", "{}"), part("map", PLACES), FILE, end="--B--\r\n--B--\r\n"),
        upload(part("operations", '{"a": "--B"}'), part("map", PLACES), FILE),
        upload(part("operations", "{}"), part("map", PLACES), FILE).replace(b"\r\n", b"\n"),
        upload(part("operations", "{}"), part("map", PLACES), FILE).replace(b"--B\r", b"--B \r"),
        b"",
    ],
)
def test_row_27_an_upload_in_doubt_asks_for_nothing(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(it|its|one of its|the head of one of its) "):
        read_upload(body, "B")


@pytest.mark.threat(27)
@pytest.mark.parametrize("boundary", ["", "B ", "B\r\n", "B" * 71, "B;charset"])
def test_row_27_a_boundary_is_a_boundary(boundary: str) -> None:
    with pytest.raises(ValueError, match=r"boundary|form"):
        read_upload(upload(part("operations", "{}"), part("map", "{}")), boundary)


PIECES = st.sampled_from(
    (
        *("--B", "--B--", "\r\n", "\n", "--", "B", " ", "\t", "{}", ":", OPERATIONS),
        *("Content-Type: application/json", "Content-Disposition: form-data;"),
        *('Content-Disposition: form-data; name="operations"', ' name="operations"'),
        'Content-Disposition: form-data; name="map"',
    )
)


@given(st.lists(PIECES, max_size=12), st.integers(0, 200), st.integers(0, 20))
def test_a_lenient_reader_finds_the_same_operations(
    pieces: list[str], at: int, length: int
) -> None:
    whole = upload(part("operations", OPERATIONS), part("map", "{}")).decode()
    body = (whole[:at] + "".join(pieces) + whole[at + length :]).encode()
    try:
        ours = read_upload(body, "B")
    except ValueError:
        return
    head = b"Content-Type: multipart/form-data; boundary=B\r\n\r\n"
    form = BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    found = [
        json.loads(str(each.get_payload()))
        for each in form.iter_parts()
        if each.get_param("name", header="content-disposition") == "operations"
    ]
    assert found == [ours]
