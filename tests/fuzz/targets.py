"""All targets by name, each with the seeds that it starts from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from tests.fuzz import bodies, cookies, graphql, requests, responses, sockets
from tests.listener.test_request_reader import GOOD, PIECES


class Target(NamedTuple):
    """`check` raises on a finding; what the gateway says no to is none."""

    check: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


TARGETS: Final[dict[str, Target]] = {
    "reading": Target(requests.reading, (*GOOD, *PIECES)),
    "stages": Target(
        requests.stages,
        (
            b"X-Remote-User: root\r\nConnection: close, x-remote-user",
            b"X_Remote_User: root",
            b"Cookie: a=b; __Host-gateway_session=abcdefghijklmnopqrstuv",
            b"X-Forwarded-For: 10.0.0.1\r\nUpgrade: websocket\r\nConnection: upgrade",
            b"Range: bytes=0-1\r\nOrigin: http://k3f9.crm.example.com",
        ),
    ),
    "targets": Target(
        requests.targets,
        (b"/admin/1/keys/2?_method=x", b"/a/%2e%2e/b", b"//x", b"/%41dmin/;x/keys", b"/a?b#c"),
    ),
    "forms": Target(
        requests.forms,
        (
            b"application/x-www-form-urlencoded\na=b&_method=DELETE",
            b'multipart/form-data; boundary=x\n--x\r\nContent-Disposition: form-data; name="a"\r\n',
            b'application/json\n{"_method": "DELETE"}',
        ),
    ),
    "bodies": Target(
        bodies.read,
        (
            b'application/json\n{"password": 1, "a": ["token=b", 1e9], "query": "a(pin: $p)"}',
            b")]}',\n[1]",
            b"application/x-www-form-urlencoded\na=b&user%5Bpin%5D=1&c=%7B%22note%22:1%7D",
            b"multipart/form-data; boundary=x\n"
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n{"otp": 1}\r\n--x--\r\n',
            b"text/html; charset=utf-8\n<!doctype html><input name=csrf_token><p class=note>a</p>",
            b"text/plain\na: b &quot;secret&quot; %3d \\u0070in",
        ),
    ),
    "documents": Target(
        graphql.documents,
        (
            b"\nquery A($a: Int = 1) { x: ssn @include(if: $a) ...F } fragment F on T { y: b }",
            b"A\nquery A { a { ... on T { b(c: [1, {d: E}]) } } } mutation B { b }",
            b'\n{ a(b: """x""", c: "\\u0041") } # comment\n',
            b"\nsubscription { __schema { a } }",
        ),
    ),
    "posts": Target(
        graphql.posts,
        (
            b'application/json\n{"query": "{a}", "operationName": "A", "variables": {"x": 1}}',
            b'application/json; charset=utf-8\n[{"query": "{a}"}, {"query": "{b}"}]',
            b"application/x-www-form-urlencoded\nquery=%7Ba%7D&operationName=A&variables=%7B%7D",
            b"application/graphql\n{a}",
            b"multipart/form-data; boundary=x\n"
            b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query": "{a}"}\r\n'
            b'--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n{}\r\n--x--\r\n',
        ),
    ),
    "queries": Target(
        graphql.queries,
        (b"query={a}&operationName=A&variables=%7B%7D&x=1", b"id=x&extensions=%7B%7D"),
    ),
    "messages": Target(
        graphql.messages,
        (
            b'{"id": "1", "type": "subscribe", "payload": {"query": "{x: a}"}}',
            b'{"id": "1", "type": "start", "payload": {"query": "mutation {a}"}}',
            b'{"type": "connection_init", "payload": {}}',
        ),
    ),
    "framing": Target(
        responses.framing,
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok....",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n....",
            b"HTTP/1.1 302 Found\r\nLocation: /\r\nRefresh: 0;url=http://crm.example.com/\r\n"
            b"Link: <http://crm.example.com/>\r\nSet-Cookie: a=b\r\n\r\n....",
            b"HTTP/1.1 200 OK\r\nContent-Security-Policy: default-src 'none'\r\n\r\n....",
        ),
    ),
    "jar": Target(
        cookies.jar,
        (
            b"sid=1; Path=/; HttpOnly; Secure; SameSite=Lax\nsid=2; Path=/a; Max-Age=60",
            b"__Host-a=b; Path=/; Secure\ntheme=dark; Domain=example.com\n=x\nx",
            b"a=b; Expires=Sun, 06 Nov 2094 08:49:37 GMT; Partitioned; Secure",
        ),
    ),
    "frames": Target(
        sockets.frames,
        (
            b"\x81\x02ok\x89\x01p\x88\x02\x03\xe8....",
            b"\x01\x01a\x89\x00\x80\x01b....",
            b"\x81\x82\x01\x02\x03\x04nn....",
            b"\x82\x7e\x00\x7e....",
        ),
    ),
    "listed": Target(
        sockets.messages,
        (b"deals", b'{"type": "watch", "of": {"id": 1}}', b'{"type": "x", "type": "watch"}'),
    ),
    "policies": Target(
        responses.policies,
        (
            b"default-src 'none'",
            b"script-src 'strict-dynamic' 'nonce-x', sandbox",
            b"style-src a b;;",
        ),
    ),
    "codings": Target(
        responses.codings, (b"\0\x1f\x8b\x08....", b"\1\x78\x9c....", b"\2....", b"\3....")
    ),
    "bars": Target(
        responses.bars,
        (
            b"<!doctype html><p>....",
            b"<!-- x --!><!doctype>....",
            b"\xef\xbb\xbf <?x>....",
            b"<p>....",
        ),
    ),
    "links": Target(
        responses.links,
        (
            b"<a href='http://crm.example.com/a'><img srcset='//crm.example.com/b 1x, c,'>....",
            b"<meta http-equiv=refresh content='0;url=http://crm.example.com/'>....",
            b'<script>"http:\\/\\/crm.example.com\\/"</script>....',
            b"<p style='url(//crm.example.com'><textarea>....",
        ),
    ),
    "charsets": Target(
        responses.charsets,
        (
            b"utf-8\nx....",
            b"shift_jis\n\x81\x40....",
            b"gbk\n\x81\x30\x81\x30....",
            b"\n\xff\xfeA\0....",
        ),
    ),
    "objects": Target(
        responses.objects,
        (
            b'{"ssn": 1, "a": [{"ssn": "x"}]}....',
            b'{"\\u0073sn": "\\\\"}....',
            b'[1e5, 0.1, -0, "<b class=ssn>"]....',
        ),
    ),
    "formats": Target(
        responses.formats,
        tuple(
            bytes((kind,)) + seed
            for kind in range(12)
            for seed in (
                b'{"ssn": 1}\n{"a": 2}\n....',
                b'data: {"ssn": 1}\n\ndata: x\n\n....',
                b'--x\r\nContent-Type: application/json\r\n\r\n{"ssn": 1}\r\n--x--\r\n....',
                b"<p class=ssn>x</p><table><td data-k=ssn>....",
                b'a;ssn\n"1";2\n....',
                b"ssn=1&a=2....",
                b'cb({"ssn": 1});....',
            )
        ),
    ),
}
