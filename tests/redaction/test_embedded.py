"""JSON written into a page, and pages and JSON written into JSON, do not leave with it."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable
from html.entities import html5
from itertools import pairwise
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.embedded import MemberGuard, check_json
from gateway.redaction.html_page import holds_hit
from gateway.redaction.html_tokens import unreadable
from gateway.redaction.json import redact_json
from tests.redaction.support import redact_page, rule, select

NOTES = select(rule("notes", json=["$..private_notes"], html=[".note"]))


@pytest.mark.parametrize(
    "page",
    [
        """<script>window.state = {"private_notes": "SECRET"}</script>""",
        """<script>window.state = {'private_notes' : "SECRET"}</script>""",
        r"""<script>JSON.parse("{\"private_notes\":\"SECRET\"}")</script>""",
        r"""<script>x = "{\u0022private_notes\u0022:1}"</script>""",
        """<script type="application/json">{"private_notes":\n"SECRET"}</script>""",
        """<div data-props='{"private_notes":"SECRET"}'></div>""",
        """<div data-props="{&quot;private_notes&quot;:&quot;SECRET&quot;}"></div>""",
        """<div data-props="{&#34;private_notes&#34;:1}"></div>""",
        """<div data-props="{&#x22;private_notes&#x22;&#58;1}"></div>""",
        """<a href="/x?state=%7B%22private_notes%22%3A1%7D">x</a>""",
        """<!-- {"private_notes": "SECRET"} -->""",
        """<pre>{"private_notes": "SECRET"}</pre>""",
        """<pre>{"private_notes" =&gt; "SECRET"}</pre>""",
        """<textarea>{"private_notes": "SECRET"}</textarea>""",
    ],
)
def test_a_hidden_member_does_not_leave_in_a_page(page: str) -> None:
    for piece in (1, 1 << 20):
        with pytest.raises(Unreadable, match="hidden field 'private_notes'"):
            redact_page(page.encode(), NOTES, piece=piece)


BEYOND_ASCII = "größe", "имя", "номер_и_серия_паспорта_клиента", "a名b", "😀x"
WRITERS: list[Callable[[str], str]] = [
    lambda name: f'"{name}":1',
    lambda name: json.dumps(name) + ":1",
    lambda name: json.dumps(json.dumps({name: 1})),
    lambda name: html.escape(json.dumps({name: 1})),
    lambda name: html.escape(html.escape(json.dumps({name: 1}))),
    lambda name: "/x?state=" + quote(f'{{"{name}":1}}'),
    lambda name: (
        json.dumps({name: 1}, ensure_ascii=False).encode("ascii", "xmlcharrefreplace").decode()
    ),
]


@pytest.mark.parametrize("name", BEYOND_ASCII)
@pytest.mark.parametrize("write", WRITERS)
def test_a_name_beyond_ascii_does_not_leave_in_any_spelling(
    name: str, write: Callable[[str], str]
) -> None:
    selection = select(rule("notes", json=[f"$..['{name}']"], html=[".note"]))
    page = f"<pre>{write(name)}</pre>".encode()
    for piece in (1, 1 << 20):
        with pytest.raises(Unreadable, match=f"{name}' as a JSON"):
            redact_page(page, selection, piece=piece)
    longer = select(rule("notes", json=[f"$..['{name}y']"], html=[".note"]))
    assert redact_page(page, longer) == (page, ())


@pytest.mark.parametrize("name", BEYOND_ASCII)
@pytest.mark.parametrize("ascii_inside", [False, True])
@pytest.mark.parametrize("ascii_outside", [False, True])
def test_a_string_of_json_carries_no_name_beyond_ascii(
    name: str, ascii_inside: bool, ascii_outside: bool
) -> None:
    selection = select(rule("notes", json=[f"$..['{name}']"]))
    carried = json.dumps({name: "SECRET"}, ensure_ascii=ascii_inside)
    body = json.dumps({"changes": carried}, ensure_ascii=ascii_outside)
    with pytest.raises(Unreadable):
        redact_json(body.encode(), selection)


@pytest.mark.parametrize(
    "page",
    [
        "<p data-x='{&quot;gr&ouml;&szlig;e&quot;:1}'>",
        "<p data-x='{&quot;gr&amp;ouml;&#xDF;e&quot;:1}'>",
        r"""<script>s = {"gr\xF6\xdfe" : 1}</script>""",
    ],
)
def test_a_name_beyond_ascii_is_known_as_pages_write_it(page: str) -> None:
    selection = select(rule("notes", json=["$..größe"], html=[".note"]))
    with pytest.raises(Unreadable, match="größe"):
        redact_page(page.encode(), selection)


@pytest.mark.parametrize(
    "page",
    [
        "<label for=private_notes>private_notes: what only you see</label>",
        "<script>form.private_notes.focus(); f({private_notes: 1})</script>",
        """<input name="private_notes">""",
        """<script>{"public_notes": 1}</script>""",
    ],
)
def test_a_page_may_speak_of_the_name(page: str) -> None:
    assert redact_page(page.encode(), NOTES) == (page.encode(), ())


def test_a_rule_for_the_script_lets_the_page_through() -> None:
    selection = select(rule("notes", json=["$..private_notes"], html=["script#state"]))
    page = b"""<p>a</p><script id=state>{"private_notes": "SECRET"}</script><p>b</p>"""
    assert redact_page(page, selection)[0] == b"<p>a</p><p>b</p>"


def test_a_long_run_of_backslashes_costs_no_time() -> None:
    text = b"private_notes " + b"\\" * 200_000
    start = time.process_time()
    redact_page(text, NOTES)
    redact_json(b'{"a": "%b"}' % text, NOTES)
    assert time.process_time() - start < 5


@given(st.lists(st.integers(0, 400), max_size=8))
def test_a_member_is_seen_however_the_text_comes(cuts: list[int]) -> None:
    text = "x" * 150 + '"private_notes"' + " " * 30 + ":" + "y" * 150
    guard = MemberGuard(NOTES, unreadable)

    def leave_in_pieces() -> None:
        for start, end in pairwise([0, *sorted(cuts), len(text)]):
            guard.check(text[start:end])

    with pytest.raises(Unreadable):
        leave_in_pieces()


@pytest.mark.parametrize(
    "body",
    [
        r'{"changes": "{\"private_notes\": \"SECRET\"}"}',
        r'{"changes": "{\"a\": {\"private_notes\" : 1}}", "private_notes": 1}',
        r'{"log": "{\"changes\": \"{\\\"private_notes\\\":1}\"}"}',
        r'{"log": "{\u0022private_notes\u0022:1}"}',
        r"""{"log": "{'a': 1, 'private_notes': 'SECRET'}"}""",
        r'{"log": "{\"private_notes\"=>\"SECRET\"}"}',
        r'{"log": "{&quot;private_notes&quot;=&gt;1}"}',
        r'{"link": "/x?state=\u0026%7B%22private_notes%22%3A1"}',
        r'{"html": "<p class=note>SECRET</p>"}',
        r'{"html": "<p class=\"x note\">SECRET</p>", "private_notes": 1}',
        r'{"list": ["\u003cp class=note\u003eSECRET"]}',
        r'{"html": "<div title=\"&lt;p class=note&gt;SECRET\">"}',
        r'{"html": "&lt;p class=note&gt;SECRET&lt;/p&gt;"}',
        r'{"html": "&#60p class=note>SECRET"}',
        r'{"html": "&#x03C;p class=note>SECRET"}',
        r'{"html": "<&#x70; class=note>SECRET"}',
        r'{"html": "<&fjlig; class=note>SECRET"}',
        r'{"html": "&LT&#112; class=note&gt;SECRET"}',
    ],
)
def test_a_string_of_json_carries_nothing_hidden(body: str) -> None:
    with pytest.raises(Unreadable) as blocked:
        redact_json(body.encode(), NOTES)
    assert blocked.value.code == "json_carries_hidden"


BEGINNINGS = st.sampled_from(
    [
        "<",
        "&lt",
        "&LT;",
        "&#60;",
        "&#x3c",
        "&amp;",
        "&",
        "#60;",
        "lt;",
        "p",
        "&#112;",
        "/",
        "!",
        " ",
    ]
)


@given(st.lists(BEGINNINGS, max_size=5).map("".join))
def test_a_string_is_looked_into_wherever_it_can_hold_an_element(begin: str) -> None:
    text = begin + " class=note>x"
    body = msgspec.json.encode([text])
    try:
        hit = holds_hit(text, NOTES)
    except Unreadable:
        return
    if hit:
        with pytest.raises(Unreadable):
            check_json(body, NOTES)
    else:
        check_json(body, NOTES)


def test_each_reference_that_stands_for_a_less_than_sign_is_known() -> None:
    less = {name.rstrip(";") for name, text in html5.items() if "<" in text}
    assert less == {"lt", "LT", "nvlt"}


@pytest.mark.parametrize(
    "body",
    [
        r'{"text": "say \"private_notes\" aloud", "html": "<p>\n</p>", "a": "1 < 2"}',
        r'{"changes": "{\"public\": 1}"}',
        r'{"text": "class=note in <3 &amp; a < p class=note>, R&D"}',
    ],
)
def test_other_strings_pass_byte_for_byte(body: str) -> None:
    assert redact_json(body.encode(), NOTES) == (body.encode(), ())


def test_a_rule_that_removes_the_string_lets_the_rest_through() -> None:
    selection = select(rule("notes", json=["$..private_notes", "$.changes"], html=[".note"]))
    body = rb'{"a": 1, "changes": "{\"private_notes\": \"<p class=note>\"}"}'
    assert redact_json(body, selection)[0] == b'{"a":1}'
