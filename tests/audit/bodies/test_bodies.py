"""What of a body goes on record, against plain references: nothing of a secret ever does."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from typing import Any
from urllib.parse import parse_qsl, urlencode

import brotli  # type: ignore[import-untyped]  # it ships no annotations
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.bodies.bodies import READ_LIMIT, Kept, Subject, kept
from gateway.audit.bodies.copies import Copy
from gateway.audit.bodies.levels import Level, LevelRule, Levels
from gateway.redaction.rules import RedactionRule, Selection, compile_rules

JSON, FORM = b"application/json", b"application/x-www-form-urlencoded"
SECRET = "K7NEVER"
PLAIN_NAMES = ("name", "page", "note", "n", "$id", "é")
SECRET_NAMES = ("password", "user_pin", "accessToken", "API-Key", "client secret", "otp")


def a_level(*hide: str, cap: int = 256 << 10) -> Level:
    rule = LevelRule(id="r", paths=("/**",), level="request_response", hide=hide, cap=cap)
    return Levels([rule]).at("GET", "/")


def rules(**said: Any) -> Selection | None:
    rule = RedactionRule(id="n", category="notes", **said)
    return compile_rules([rule], hash_key=b"k" * 32).select("/", ())


def read(body: bytes | str, media: bytes = JSON, *, coding: bytes = b"", **more: Any) -> Kept:
    level = more.pop("level", a_level())
    data = body.encode() if isinstance(body, str) else body
    return kept(data, Subject(media, coding, more.pop("rules", None), **more), level)


PLAIN = st.none() | st.booleans() | st.integers(-5, 5) | st.text('aé "\\\n', max_size=4)
PLANTED = st.recursive(
    st.just(SECRET), lambda inner: st.lists(inner, max_size=2) | st.fixed_dictionaries({"a": inner})
)
GIVING = st.sampled_from(
    [
        f"password={SECRET}",
        json.dumps({"a": [{"otp": SECRET}]}),
        f"x?a=b&access_token={SECRET}",
        json.dumps(json.dumps({"user_pin": SECRET})),
    ]
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    plain = st.dictionaries(st.sampled_from(PLAIN_NAMES), inner, max_size=3)
    secret = st.dictionaries(st.sampled_from(SECRET_NAMES), PLANTED, max_size=2)
    return st.builds(lambda a, b: a | b, plain, secret)


DOCUMENTS = st.recursive(
    PLAIN | GIVING, lambda inner: st.lists(inner, max_size=3) | objects(inner), max_leaves=12
)


def scrubbed(value: Any) -> Any:
    """The plain reference: of documents as made above."""
    match value:
        case dict():
            return {k: "*" if k in SECRET_NAMES else scrubbed(v) for k, v in value.items()}
        case list():
            return [scrubbed(each) for each in value]
        case str() if SECRET in value:
            return "*"
    return value


@pytest.mark.threat(47)
@given(DOCUMENTS, st.booleans())
def test_row_47_json_is_kept_less_its_secrets(document: Any, ascii_only: bool) -> None:
    found = read(json.dumps(document, ensure_ascii=ascii_only))
    assert json.loads(found.text) == scrubbed(document)
    assert SECRET not in found.text


FIELDS = st.lists(
    st.tuples(st.sampled_from(PLAIN_NAMES), st.text("aé &=;\n", max_size=4))
    | st.tuples(st.sampled_from((*SECRET_NAMES, "user[password]")), st.just(SECRET))
    | st.tuples(st.sampled_from(PLAIN_NAMES), st.just(f"password={SECRET}")),
    min_size=1,
    max_size=5,
)


@pytest.mark.threat(47)
@given(FIELDS)
def test_row_47_a_form_is_kept_less_its_secrets(fields: list[tuple[str, str]]) -> None:
    found = read(urlencode(fields), FORM)
    expected = [(name, "*" if SECRET in value else value) for name, value in fields]
    assert parse_qsl(found.text, keep_blank_values=True) == expected


@pytest.mark.threat(47)
@given(FIELDS)
def test_row_47_a_multipart_form_is_kept_less_its_secrets_and_files(
    fields: list[tuple[str, str]],
) -> None:
    body = "".join(
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    )
    body += '--B\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n'
    body += f"Content-Type: image/png\r\n\r\n{SECRET}\r\n--B--\r\n"
    found = read(body, b"multipart/form-data; boundary=B")
    *parts, file = json.loads(found.text)
    assert [(part["name"], part["value"]) for part in parts] == [
        (name, "*" if SECRET in value else value) for name, value in fields
    ]
    assert file == {"name": "f", "file": "a.png", "media": "image/png", "bytes": len(SECRET)}


CODINGS = {
    b"gzip": gzip.compress,
    b"br": brotli.compress,
    b"zstd": zstandard.ZstdCompressor().compress,
    b"deflate": zlib.compress,
}


@pytest.mark.threat(47)
@given(DOCUMENTS, st.sampled_from(sorted(CODINGS)), st.integers(1, 50))
def test_row_47_any_coding_and_chunking_gives_the_same_record(
    document: Any, coding: bytes, size: int
) -> None:
    plain = json.dumps(document).encode()
    body = CODINGS[coding](plain)
    copy = Copy(JSON, coding)
    for at in range(0, len(body), size):
        copy.take(body[at : at + size])
    told = copy.read(a_level(), None, (), complete=True)
    assert (told.body, told.reason) == (read(plain).text, "")
    assert (copy.size, told.body_hash) == (len(body), hashlib.sha256(body).hexdigest())


def test_what_the_sites_rules_hide_is_hidden_and_so_is_what_the_level_names() -> None:
    document = '{"note": 1, "a": {"b": "x", "c": 2}, "home_street": "y", "d": "note=z"}'
    level = a_level("homeStreet", "$.a.b")
    found = read(document, rules=rules(fields=("note",)), level=level)
    assert json.loads(found.text) == {"a": {"b": "•••", "c": 2}, "home_street": "*", "d": "*"}


@pytest.mark.threat(29)
def test_row_29_an_alias_of_what_is_hidden_is_hidden() -> None:
    aliases = (("x", "note"), ("y", "accessToken"))
    answer = f'{{"data": {{"x": "{SECRET}", "y": "{SECRET}", "z": 1}}}}'
    found = read(answer, rules=rules(fields=("note",)), aliases=aliases)
    assert found.text == '{"data":{"y":"*","z":1}}'


@pytest.mark.threat(47)
def test_row_47_a_variable_that_a_secret_argument_gets_is_hidden() -> None:
    query = "mutation M($p: String, $q: Int) { login(password: $p, page: $q) { id } }"
    said = {"query": query, "variables": {"p": SECRET, "q": 1}}
    found = json.loads(read(json.dumps(said)).text)
    assert found == {"query": "*", "variables": {"p": "*", "q": 1}}


@pytest.mark.threat(47)
@pytest.mark.parametrize(
    "given",
    ["{password: $p}", "login(tokens: [$p])", "login(password:,$p)", "login(password: {new: $p})"],
)
def test_row_47_a_variable_within_the_value_of_a_secret_argument_is_hidden(given: str) -> None:
    said = {"query": f"mutation M($p: String) {{ set(user: {given}) }}", "variables": {"p": SECRET}}
    assert SECRET not in read(json.dumps(said)).text


@pytest.mark.threat(47)
@pytest.mark.parametrize(
    "pair",
    [
        {"name": "password", "value": SECRET},
        {"op": "replace", "path": "/password", "value": SECRET},
        {"headers": [{"key": "X-Api-Key", "values": [SECRET]}]},
        {"form": [["pin", SECRET], ["q", 1]]},
    ],
)
def test_row_47_the_value_beside_the_name_of_a_secret_is_hidden(pair: Any) -> None:
    assert SECRET not in read(json.dumps(pair)).text


def test_a_name_that_is_no_secret_hides_nothing_beside_it() -> None:
    said = '{"name":"page","value":"x","pairs":[["q","y"],["password"],["a","password","b"]]}'
    assert read(said).text == said


@pytest.mark.threat(47)
@pytest.mark.parametrize("said", ['mutation { save(note: "K7NEVER") }', "note=K7NEVER"])
def test_row_47_what_a_jsonpath_hides_is_hidden_in_texts_too(said: str) -> None:
    for path in ("$..note", "$.contact.note"):
        assert SECRET not in read(json.dumps({"query": said}), rules=rules(json=(path,))).text


PAGE = """<!doctype html><title>T</title><p class=note>K7NEVER</p>
<input type=hidden name="csrf_token" value=K7NEVER><input name=q value=1>"""


@pytest.mark.threat(47)
@pytest.mark.parametrize("name", ["Access key", "private:key", "user[session][id]", "api/key"])
def test_row_47_a_field_of_a_page_is_hidden_whatever_signs_are_in_its_name(name: str) -> None:
    page = f'<!doctype html><input name="{name}" value={SECRET}>'
    assert SECRET not in read(page, b"text/html").text


def test_a_page_is_kept_as_the_rules_leave_it_without_the_fields_that_hold_secrets() -> None:
    found = read(PAGE, b"text/html", rules=rules(html=(".note",)))
    assert found.text == "<!doctype html><title>T</title>\n<input name=q value=1>"


@pytest.mark.threat(47)
@pytest.mark.parametrize(
    ("body", "media", "reason"),
    [
        ('{"password": "K7NEVER"', JSON, "json_unreadable"),
        ("[" * 5000, JSON, "json_unreadable"),
        ('{"amount": 1000000, "amount": 1}', JSON, "json_unreadable"),
        ('{"password=K7NEVER": 1}', JSON, "json_carries_hidden"),
        (b'{"\xff": 1}', JSON, "charset_unreadable"),
        ('{"a": 1}', JSON + b"; charset=utf-7", "charset_unreadable"),
        ("a=1;password=K7NEVER", FORM, "form_unreadable"),
        ("Password: K7NEVER", b"text/plain", "type_unreadable"),
        ('{"password": "K7NEVER"}', b"text/plain", "type_unreadable"),
        ("a\0b", b"text/plain", "charset_unreadable"),
        ("<!doctype html><script>var apiKey = 'K7NEVER'</script>", b"text/html", "type_unreadable"),
        ("a,password\n1,K7NEVER", b"text/csv", "type_unreadable"),
        ("<password>K7NEVER</password>", b"application/xml", "type_unreadable"),
        ("K7NEVER", b"application/octet-stream", "type_unreadable"),
        ("K7NEVER", b"", "type_unreadable"),
        ("x", b"multipart/form-data; boundary=B", "multipart_unreadable"),
    ],
    ids=range(16),
)
def test_row_47_what_cannot_be_read_with_certainty_is_not_kept(
    body: bytes | str, media: bytes, reason: str
) -> None:
    assert read(body, media) == Kept(reason=reason)


def test_a_rule_that_is_silent_about_a_format_keeps_it_off_the_record() -> None:
    for body, media in (("{}", JSON), ("a=1", FORM), ("a", b"text/plain")):
        assert read(body, media).text == body
        assert read(body, media, rules=rules(html=(".note",))).reason == "type_unreadable"


def test_codings_that_nobody_undoes_keep_a_body_off_the_record() -> None:
    bomb = gzip.compress(b"[" + b" " * (8 << 20) + b"]")
    for coding in (b"gzip", b"rot13", b"gzip, gzip"):
        assert read(b"{}", coding=coding) == Kept(reason="encoding_unreadable")
    assert read(bomb, coding=b"gzip") == Kept(reason="encoding_unreadable")


@given(st.text("aé😀", max_size=30), st.integers(1, 60))
def test_a_long_text_is_cut_at_a_character(text: str, cap: int) -> None:
    found = read(text, b"text/plain", level=a_level(cap=cap))
    assert found.cut == (len(text.encode()) > cap)
    assert text.startswith(found.text)
    assert cap - 4 < len(found.text.encode()) <= cap or not found.cut


def test_of_a_body_that_is_too_long_or_not_whole_there_is_only_the_hash() -> None:
    for body, complete, reason in (
        (b"a" * (READ_LIMIT + 1), True, "too_long"),
        (b"a", False, "cut_short"),
    ):
        copy = Copy(b"text/plain")
        copy.take(body)
        told = copy.read(a_level(), None, (), complete=complete)
        assert (told.body, told.reason, told.complete) == ("", reason, complete)
        assert told.body_hash == hashlib.sha256(body).hexdigest()
