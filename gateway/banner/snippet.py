"""What is put into a document so that it shows the bar: one `<link>` and one `<script>`.

Both are elements of the head, so a document that starts with them keeps its mode, its `<html>` and
its `<body>` with their attributes. All of it is ASCII, so it reads the same in every charset that
the gateway lets through. It comes before the document's own `<meta charset>`, which a browser looks
for in the first 1024 bytes only: who puts it in declares the charset in Content-Type.
"""

from __future__ import annotations

import json
from functools import lru_cache

from gateway.banner.state import BarState

_IN_ATTRIBUTE = tuple((char, f"\\u{ord(char):04x}") for char in "&<>'")


def snippet(state: BarState, *, prefix: str, nonce: str, now: int) -> bytes:
    """The bar's two tags, for `Injector`.

    Args:
        state: what the bar says.
        prefix: the gateway's path prefix; `bar.css` and `bar.js` are served below it.
        nonce: base64, new for each response; the one given to `csp.widen`.
        now: milliseconds since the Unix epoch. The bar counts down from the time that is left now,
            so it is right on a computer whose clock is wrong.
    """
    before, until_left, after = _parts(state, prefix)
    left = max(0, state.expires_at - now)
    times = b"%d" % left
    if state.elevated_until:
        times += b',"raised":%d' % max(0, state.elevated_until - now)
    return b"%b%b%b%b%b" % (before, nonce.encode("ascii"), until_left, times, after)


@lru_cache(maxsize=1024)
def _parts(state: BarState, prefix: str) -> tuple[bytes, bytes, bytes]:
    """What comes before the nonce, between it and the times that are left, and after them."""
    said: dict[str, object] = {
        "session": state.session,
        "actor": state.actor,
        "subject": state.subject,
        "account": state.account,
        "site": state.site,
        "mode": state.mode.value,
        "words": state.words,
        "idle": state.idle_ms,
        "reason": state.reason,
        "ticket": state.ticket,
        "leave": state.leave_url,
        "console": state.console_url,
    }
    if state.elevated_until:
        said["lowered"] = state.lowered
    if state.workflow:
        said["workflow"] = state.workflow
    if state.elsewhere:
        said["desk"] = state.desk_url
    if state.fixed:
        said["fixed"] = True
    if state.beacons:
        said["beacons"] = state.beacons
    data = json.dumps(said, separators=(",", ":")).removesuffix("}")
    for char, escape in _IN_ATTRIBUTE:
        data = data.replace(char, escape)
    before = f"<link rel=stylesheet href={prefix}bar.css><script src={prefix}bar.js nonce='"
    until_left = f"' data-state='{data},\"left\":"
    return before.encode("ascii"), until_left.encode("ascii"), b"}'></script>"
