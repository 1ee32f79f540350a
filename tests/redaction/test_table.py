"""CSV and TSV: a hidden column is not in what any reader sees."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.hiding import keyed_hash
from gateway.redaction.table_rows import DELIMITERS
from tests.redaction.support import HASH_KEY, redact_body, rule, select

HIDDEN = select(rule("notes", fields=["private_notes"]), rule("ids", fields=["ssn"]))
NAMES = ["Name", "Ort", "Größe", "Private Notes", "SSN", "customer.ssn"]
SECRET = "CANARY"
CUTS = st.lists(st.integers(0, 400), max_size=6)
CELLS = st.text("aß ,;|\"'\r\n\t", max_size=5)


def redact(body: bytes, content_type: bytes = b"", cap: int = 1 << 20) -> bytes:
    return redact_body("table", body, HIDDEN, content_type=content_type, cap=cap)[0]


def read(text: str, delimiter: str) -> list[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [row or [""] for row in rows]


@pytest.mark.threat(31)
@pytest.mark.threat(36)
@given(st.data())
def test_row_31_and_36_a_reader_gets_the_table_without_its_hidden_columns(
    data: st.DataObject,
) -> None:
    names = data.draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5, unique=True))
    shown = [name in ("Name", "Ort", "Größe") for name in names]
    assume(any(shown))
    delimiter = data.draw(st.sampled_from(DELIMITERS))
    cells = CELLS if delimiter != "\t" else st.text("aß ,;|\"'", max_size=5)
    rows = [
        [data.draw(cells) if show else data.draw(cells) + SECRET for show in shown]
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    assume(all(any(row) for row in rows))
    end = data.draw(st.sampled_from(["\r\n", "\n", "\r"]))
    written = io.StringIO()
    csv.writer(
        written,
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if end == "\r\n" else csv.QUOTE_ALL,
        lineterminator=end,
    ).writerows([names, *rows])
    codec = data.draw(st.sampled_from(["utf-8", "windows-1252"]))
    body = written.getvalue().encode(codec)
    out, remarks = redact_body("table", body, HIDDEN, codec=codec, cuts=data.draw(CUTS))
    assert SECRET not in out.decode(codec)
    assert read(out.decode(codec), delimiter) == [
        [cell for cell, show in zip(row, shown, strict=True) if show] for row in [names, *rows]
    ]
    assert sum(each.count for each in remarks) == shown.count(False) * len(rows)


@pytest.mark.threat(31)
@given(
    st.text('as,;|\t"\n\r', max_size=30), st.sampled_from(["ssn", '"ssn"', "a,ssn", "ssn;a"]), CUTS
)
@example(',""""', "ssn;a", [])
@example('\n"a\tb"\t\n', "a,ssn", [])
def test_row_31_no_reader_finds_the_column_whatever_divides_its_cells(
    rest: str, start: str, cuts: list[int]
) -> None:
    body = (start + rest).encode()
    try:
        whole, _ = redact_body("table", body, HIDDEN)
    except Unreadable:
        with pytest.raises(Unreadable):
            redact_body("table", body, HIDDEN, cuts=cuts)
        return
    assert redact_body("table", body, HIDDEN, cuts=cuts)[0] == whole
    for delimiter in DELIMITERS:
        assert all("ssn" not in row for row in read(whole.decode(), delimiter))


def test_untouched_cells_leave_as_they_were_spelled() -> None:
    body = b'\xef\xbb\xbfid;ssn;"na""me"\r\n1;2;" x "\r\n\r\n"3";4;\n'
    assert redact(body) == b'\xef\xbb\xbfid;"na""me"\r\n1;" x "\r\n\r\n"3";\n'


def test_a_mask_and_a_hash_leave_the_column() -> None:
    rules = rule("m", fields=["note"], action="mask"), rule("h", fields=["ssn"], action="hash")
    body = 'Größe,note,ssn\n1,"a ""b""","x""y"\n'
    code = keyed_hash(HASH_KEY, 'x"y')
    for codec, mask in (("utf-8", "•••"), ("windows-1252", "•••"), ("gb18030", "•••")):
        out, _ = redact_body("table", body.encode(codec), select(*rules), codec=codec)
        assert out.decode(codec) == f"Größe,note,ssn\n1,{mask},{code}\n"
    out, _ = redact_body("table", "名,note\nx,y\n".encode("cp932"), select(rules[0]), codec="cp932")
    assert out.decode("cp932") == "名,note\nx,***\n"


def test_the_strongest_rule_of_a_column_wins() -> None:
    rules = rule("m", fields=["ssn"], action="mask"), rule("r", fields=["SSN"])
    out, remarks = redact_body("table", b"a,ssn\n1,2\n", select(*rules))
    assert (out, [each.rule for each in remarks]) == (b"a\n1\n", ["r"])


@pytest.mark.threat(31)
@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("sep=;\nid;PRIVATE-NOTES", "sep=;\nid"),
        ("id|privateNotes", "id"),
        ("id\t_private_notes_", "id"),
        ("id,Ｐrivate\u00a0notes", "id"),
        ("id,\u200bprivate\u00adnotes", "id"),
        ("id,notes[private_notes]", "id"),
        ("id,private_notes/0/text", "id"),
        ("id,ssn,a|b;c", "id,a|b;c"),
        ("id,ssn,SSN", "id"),
    ],
)
def test_row_31_a_name_is_known_in_any_spelling(header: str, shown: str) -> None:
    assert redact(header.encode()) == shown.encode()


@pytest.mark.threat(31)
@pytest.mark.threat(35)
@pytest.mark.parametrize(
    "body",
    [
        b"id,name\n1,2,secret\n",  # rows that are no rows of this header
        b"id,ssn\n1\n",
        b"Report\nid;ssn\n1;secret\n",
        b"Report,,\nid,ssn,x\n1,secret,2\n",
        b"field,value\nssn,secret\n",
        b'id,ssn\n1,"a"b\n',  # quotes that readers disagree about
        b'id,ssn\n1, "a"\n',
        b'id,ssn\n1,5" pipe\n',
        b'id,name\n"1,2\n',
        b'id\tssn\tx\n1\t"2\tsecret"\t3\n',
        b"id,ssn,x;ssn\n1,2,3;4\n",  # two ways to divide the header hide two columns
        b"sep=;\nid,ssn\n1,2\n",
        b"sep=;\nid,ssn,x;y\n1,2,3;4\n",
        b"sep=:\nid:ssn\n1:2\n",
        b"id~ssn\n1~2\n",
        b"1,2\n3,secret\n",  # no header
        b"a@b.de,Ann\n",
        b"id,ssn\x01\n",  # no text
        b"id,name\n1,\xe9\n",
        b'id,name\n1,"{""ssn"": 3}"\n',  # another format in a cell
    ],
)
def test_row_31_and_35_a_table_in_doubt_is_blocked(body: bytes) -> None:
    with pytest.raises(Unreadable):
        redact(body)


def test_a_table_says_what_its_first_row_is() -> None:
    assert redact(b"2023,2024\n1,2\n", b"text/csv; header=present") == b"2023,2024\n1,2\n"
    with pytest.raises(Unreadable, match="no header"):
        redact(b"id,ssn\n1,2\n", b'text/csv; header="absent"')


def test_a_table_of_any_size_passes_and_a_row_of_any_size_does_not() -> None:
    body = b"id,ssn\n" + b"1,2\n" * 1000
    assert redact(body, cap=16) == b"id\n" + b"1\n" * 1000
    for row in (b"1," + b"2" * 20 + b"\n", b'1,"\n' + b"\n" * 20):
        with pytest.raises(Unreadable, match="too large"):
            redact(b"id,ssn\n" + row, cap=16)


def test_rows_leave_while_the_table_comes() -> None:
    first, second = b"id,ssn\n1,2\n3,", b"4\n"
    outs = [redact_body("table", body, HIDDEN)[0] for body in (first + second, b"", b"\n\n")]
    assert outs == [b"id\n1\n3\n", b"", b"\n\n"]
