"""Content Security Policy, widened by exactly what the bar needs (CSP 3; threat 39).

The bar is one script, one style sheet and one icon, each from a URL of its own, and the script asks
for what was done so far at one more; it needs no other source. Each policy that is enforced is
looked at alone, since a browser asks all of them:

- The list that rules an external script is script-src-elem, else script-src, else default-src. A
  list that rules more than that is copied into one that does not, so nothing else is widened.
- The URL is added, not a nonce: a nonce would switch 'unsafe-inline' off. Only 'strict-dynamic'
  switches URLs off; there it is the nonce, and 'unsafe-inline' is off already.
- Images and what is asked for go by img-src and connect-src, else default-src, in the same way.
- `sandbox` without allow-scripts is given it, and script lists that hold the bar's script alone:
  no script of the app runs, as before.

Report-only policies block nothing and are left alone. A policy in a `<meta>` comes after the bar's
tags, and rules only what comes after itself.
"""

from __future__ import annotations

import re

from gateway.model import Headers
from gateway.wire.memory import Memory

_NAME = b"content-security-policy"
_SCRIPT = (b"script-src-elem", b"script-src", b"default-src")
_STYLE = (b"style-src-elem", b"style-src", b"default-src")
_IMAGE = (b"img-src", b"default-src")
_CONNECT = (b"connect-src", b"default-src")
_STRICT = b"'strict-dynamic'"
_SPACE = re.compile(rb"[\t\n\f\r ]+")
_Index = dict[bytes, tuple[int, tuple[bytes, ...]]]


def widen(headers: Headers, *, bar_base: str, nonce: str) -> Headers:
    """The headers of a document, so that its policies let the bar in.

    Args:
        headers: as the app sent them; only Content-Security-Policy fields are changed.
        bar_base: the prefix as an absolute URL, as the browser sees it, such as
            `https://k3f9.crm.example.com/_gateway/`.
        nonce: base64, new for each response; the one that the snippet carries.
    """
    if _NAME not in [name.lower() for name, _ in headers]:
        return headers
    return tuple(
        (name, _widen(value, bar_base, nonce)) if name.lower() == _NAME else (name, value)
        for name, value in headers
    )


def let_script_in(headers: Headers, *, url: str, nonce: str) -> Headers:
    """The headers of a document, so that its policies let one script in, and nothing else.

    A document whose sandbox runs no script stays as it is, and does not run this one either.

    Args:
        headers: as the app sent them; only Content-Security-Policy fields are changed.
        url: the script's, absolute, as the browser sees it.
        nonce: base64, new for each response; the one that the script's tag carries.
    """
    source, once = url.encode("ascii"), f"'nonce-{nonce}'".encode("ascii")
    return tuple(
        (name, b",".join(_with_script(policy, source, once) for policy in value.split(b",")))
        if name.lower() == _NAME
        else (name, value)
        for name, value in headers
    )


def _with_script(policy: bytes, url: bytes, nonce: bytes) -> bytes:
    parts, index = _read(policy)
    sandbox = index.get(b"sandbox")
    if sandbox is not None and not _has(sandbox[1], b"allow-scripts"):
        return policy
    return _written(policy, parts, index, _let_in(index, _SCRIPT, url, nonce))


def _widen(value: bytes, bar_base: str, nonce: str) -> bytes:
    if _STRICT in value.lower():  # only these are given the nonce
        return _widened((value, bar_base), f"'nonce-{nonce}'".encode("ascii"))
    return _WIDENED[value, bar_base]


def _widened(said: tuple[bytes, str], token: bytes = b"") -> bytes:
    """Give a field's value with what the bar needs; `said`: what it was, and the bar's base."""
    value, bar_base = said
    base = bar_base.encode("ascii")
    return b",".join(_policy(policy, base, token) for policy in value.split(b","))


_WIDENED = Memory(_widened, lambda said: len(said[0]))


def _policy(policy: bytes, base: bytes, nonce: bytes) -> bytes:
    """One serialized policy; what needs no change keeps its bytes."""
    script = base + b"bar.js"
    parts, index = _read(policy)
    changes: dict[bytes, tuple[bytes, ...]] = {}
    sandbox = index.get(b"sandbox")
    if sandbox is not None and not _has(sandbox[1], b"allow-scripts"):
        changes[b"sandbox"] = (*sandbox[1], b"allow-scripts")
        changes[b"script-src"] = changes[b"script-src-elem"] = (script,)
        changes[b"script-src-attr"] = (b"'none'",)
    else:
        changes |= _let_in(index, _SCRIPT, script, nonce)
    changes |= _let_in(index, _STYLE, base + b"bar.css", nonce)
    changes |= _let_in(index, _IMAGE, base + b"bar.svg", nonce)
    # A source that ends with a slash lets in what is below it, and one that does not, only itself.
    changes |= _let_in(index, _CONNECT, base + b"session", nonce)
    connect = changes.get(b"connect-src")
    if connect is not None:
        changes[b"connect-src"] = (*connect, base + b"session/")
    return _written(policy, parts, index, changes)


def _read(policy: bytes) -> tuple[list[bytes], _Index]:
    """A policy's parts, and of each directive its part's number and its words."""
    parts = policy.split(b";")
    index: _Index = {}
    for at, part in enumerate(parts):
        words = [word for word in _SPACE.split(part) if word]
        if words:  # of two directives of one name the first holds (CSP 3, 2.2.1)
            index.setdefault(words[0].lower(), (at, tuple(words[1:])))
    return parts, index


def _written(
    policy: bytes, parts: list[bytes], index: _Index, changes: dict[bytes, tuple[bytes, ...]]
) -> bytes:
    """The policy with some directives changed; its own bytes where none is."""
    for name, sources in changes.items():
        written = b" ".join((name, *sources))
        if name in index:
            parts[index[name][0]] = written
        else:
            parts.append(written)
    return b"; ".join(part.strip() for part in parts if part.strip()) if changes else policy


def _let_in(
    index: _Index,
    names: tuple[bytes, ...],
    url: bytes,
    nonce: bytes,
) -> dict[bytes, tuple[bytes, ...]]:
    """The directive that lets `url` in, with its new sources; none where it is let in already."""
    ruling = next((name for name in names if name in index), None)
    if ruling is None:
        return {}
    sources = index[ruling][1]
    strict = names is _SCRIPT and _has(sources, _STRICT)
    source = nonce if strict else url
    if source in sources or (not strict and (_has(sources, b"'self'") or b"*" in sources)):
        return {}
    kept = (other for other in sources if other.lower() != b"'none'")  # 'none' only holds alone
    return {names[0]: (*kept, source)}


def _has(sources: tuple[bytes, ...], keyword: bytes) -> bool:
    return any(source.lower() == keyword for source in sources)
