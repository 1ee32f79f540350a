"""What a refusal says would help, as what the page can offer."""

from __future__ import annotations

from urllib.parse import urlencode

from gateway.console.desk import SignedIn
from gateway.console.refusal import Refusal
from gateway.model import Deny, Frozen


class Helped(Frozen, frozen=True, kw_only=True):
    """Ways out of a refusal, by themselves or with others.

    `approval`: a second person may be asked. `consent`: the user may be asked. `break_glass`: an
    emergency may be claimed. `sign_in`: the address to sign in anew at; empty where that does not
    help, or the gateway's own form is not how this operator signs in.
    """

    approval: bool = False
    consent: bool = False
    break_glass: bool = False
    ticket: bool = False
    fresh_sign_in: bool = False
    sign_in: str = ""


def helped_by(why: Refusal | Deny | None, signed_in: SignedIn, prefix: str, again: str) -> Helped:
    """Give what would help; `again` is the page to come back to, a path with its query."""
    ways = {each for together in why.helps for each in together} if why is not None else set()
    own_form = signed_in.way == "password"
    fresh = "fresh_sign_in" in ways
    return Helped(
        approval="approval" in ways,
        consent="consent" in ways,
        break_glass="break_glass" in ways,
        ticket=any(each.startswith("ticket") for each in ways),
        fresh_sign_in=fresh,
        sign_in=f"{prefix}sign-in?{urlencode({'next': again})}" if fresh and own_form else "",
    )
