"""Targets on cookies: what an app sets, what scripts write, and what goes back to the app."""

from __future__ import annotations

from gateway.sessions.jar import Cookie, cookie_header
from gateway.sessions.jar_change import as_script_cookie, change_of
from gateway.sessions.set_cookie import read_set_cookie
from gateway.wire.script_cookies import read_script_cookie

_HOST = "crm.example.com"
_SESSION = "abcdefghijklmnop"
_NOW = 1_800_000_000_000


def jar(data: bytes) -> None:
    """A jar holds what a browser would, goes back in one line, and shows no HttpOnly cookie."""
    cookies: dict[str, Cookie] = {}
    for at, field in enumerate(data.split(b"\n")):
        read = read_set_cookie(field, host=_HOST, path="/a/b", now_ms=_NOW + at)
        if read is None:
            continue
        assert read.domain == _HOST or _HOST.endswith("." + read.domain)
        assert read.path.startswith("/")
        change = change_of(
            cookies,
            [read],
            session=_SESSION,
            now_ms=_NOW + at,
            used=lambda _each: False,
            hidden=False,
        )
        for each in change.drop:
            cookies.pop(each.key, None)
        cookies.update((each.key, each) for each in change.keep)
    assert len(cookies) <= 180
    sent = cookie_header(cookies, host=_HOST, path="/a/b/c", now_ms=_NOW)
    assert not {0, 10, 13} & set(sent)
    for cookie in cookies.values():
        assert not (cookie.shown and cookie.http_only)
        if cookie.shown:
            _comes_back(cookie)


def _comes_back(cookie: Cookie) -> None:
    """What a browser is given of a cookie is read as that cookie when it comes back."""
    field = as_script_cookie(cookie, _SESSION).set_field(seconds=60)
    assert not {0, 10, 13} & set(field)
    name, _, value = field.partition(b";")[0].decode("latin-1").partition("=")
    back = read_script_cookie(name, value)
    assert back is not None
    assert (back.session, back.path, back.name) == (_SESSION, cookie.path, cookie.name)
    assert back.value == cookie.value
