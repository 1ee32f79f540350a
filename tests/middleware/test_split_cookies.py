"""Our cookies stay here, the app's pass as they are; any doubt is a no (threat row 8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ClientError
from gateway.middleware.split_cookies import (
    JAR_COOKIE,
    OPERATOR_COOKIE,
    SESSION_COOKIE,
    split_cookies,
)
from gateway.middleware.strip_headers import strip_headers
from tests.middleware.support import a_draft

TOKEN = "abcdefghijklmnop" + "x" * 43
OURS = {SESSION_COOKIE: TOKEN, JAR_COOKIE: "7", OPERATOR_COOKIE: "anything"}
APPS = st.lists(
    st.from_regex(rb"\A[A-Za-z_%$][A-Za-z0-9_.%-]{0,8}(=[!#-+\--:<-\[\]-~\x80-\xff]{0,9})?\Z"),
    max_size=6,
).map(lambda pairs: [pair for pair in pairs if b"gateway" not in pair.lower()])


@given(APPS, st.sets(st.sampled_from(sorted(OURS))), st.randoms(use_true_random=False))
def test_row_8_ours_never_reach_the_app_and_the_apps_keep_order_and_bytes(
    apps: list[bytes], ours: set[str], shuffled: object
) -> None:
    pairs = list(apps)
    for name in ours:
        place = getattr(shuffled, "randrange")(len(pairs) + 1)  # noqa: B009  typed as an object
        pairs.insert(place, f"{name}={OURS[name]}".encode())
    draft = a_draft()
    draft.cookie = b"; ".join(pairs)
    split_cookies(draft)
    assert draft.cookie == b"; ".join(apps)
    assert draft.session_token == (TOKEN if SESSION_COOKIE in ours else None)
    assert draft.jar_version == (7 if JAR_COOKIE in ours else 0)


@given(st.text('_-HhOoSsTtGgAaEeWwYyIiNnJjRrPp=; \t"', max_size=60), st.sampled_from(sorted(OURS)))
def test_row_8_what_is_sent_on_holds_no_cookie_of_ours(noise: str, name: str) -> None:
    draft = a_draft()
    draft.cookie = f"{noise}; {name}={OURS[name]}; {noise}".encode()
    try:
        split_cookies(draft)
    except ClientError:
        return
    names = {pair.partition(b"=")[0].strip().lower() for pair in draft.cookie.split(b";")}
    assert not names & {own.lower().encode() for own in OURS}


@pytest.mark.threat(8)
@pytest.mark.parametrize(
    "cookie",
    [
        f"{SESSION_COOKIE}={TOKEN}; {SESSION_COOKIE}={TOKEN}",
        f"{SESSION_COOKIE}={TOKEN}; a=1;{SESSION_COOKIE}=",
        f"{SESSION_COOKIE}=",
        f"{SESSION_COOKIE}",
        f'{SESSION_COOKIE}="{TOKEN}"',
        f"{SESSION_COOKIE}=sess\u00efon{TOKEN}",
        f"{SESSION_COOKIE.lower()}={TOKEN}",
        f'"{SESSION_COOKIE}"={TOKEN}',
        f"\u00a0{SESSION_COOKIE}={TOKEN}",
        f"\u2003{SESSION_COOKIE}={TOKEN}",
        f"{SESSION_COOKIE} ={TOKEN}",
        f"__Secure-x{SESSION_COOKIE}={TOKEN}",
        f"__Host_gateway-session={TOKEN}",
        f"{JAR_COOKIE}=-1",
        f"{JAR_COOKIE}=1e3",
        f"{JAR_COOKIE}=9999999999",
    ],
)
def test_row_8_any_doubt_about_our_cookies_is_400(cookie: str) -> None:
    draft = a_draft()
    draft.cookie = cookie.encode()
    with pytest.raises(ClientError) as fault:
        split_cookies(draft)
    assert (fault.value.status, fault.value.code) == (400, "ambiguous_cookie")


def test_several_cookie_fields_are_read_as_one() -> None:
    draft = a_draft(((b"Cookie", b"a=1"), (b"cookie", f"{SESSION_COOKIE}={TOKEN}; b=2".encode())))
    strip_headers(draft)
    split_cookies(draft)
    assert draft.cookie == b"a=1; b=2"
    assert draft.session_token == TOKEN


def test_a_header_without_ours_passes_byte_for_byte() -> None:
    draft = a_draft()
    draft.cookie = b"a=1;b=2;;  c"
    split_cookies(draft)
    assert draft.cookie == b"a=1;b=2;;  c"
