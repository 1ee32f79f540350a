"""Where a store is: what its URL may say."""

from __future__ import annotations

import pytest

from gateway.store.address import Address, address
from gateway.store.sentinel import Watched
from gateway.store.server import Bounds


@pytest.mark.parametrize(
    ("url", "said", "first"),
    [
        (
            "redis+cluster://one:7000,[::1]:7001,three",
            Address("cluster", "redis://", (("one", 7000), ("::1", 7001), ("three", 6379))),
            "redis://one:7000",
        ),
        (
            "rediss+cluster://me:p%40ss@one,two?ssl_ca_certs=/ca.pem",
            Address(
                "cluster",
                "rediss://me:p%40ss@",
                (("one", 6379), ("two", 6379)),
                query="?ssl_ca_certs=%2Fca.pem",
            ),
            "rediss://me:p%40ss@one:6379?ssl_ca_certs=%2Fca.pem",
        ),
        (
            "redis+sentinel://:pw@one,two:5/records/3?sentinel_username=s&sentinel_password=t%26",
            Address(
                "sentinel",
                "redis://:pw@",
                (("one", 26379), ("two", 5)),
                "records",
                "?db=3",
                (("username", "s"), ("password", "t&")),
            ),
            "redis://:pw@one:26379?db=3",
        ),
    ],
)
def test_an_address_is_taken_apart(url: str, said: Address, first: str) -> None:
    assert address(url) == said
    assert said.url(said.places[0]) == first


@pytest.mark.parametrize(
    "url",
    [
        "unix+cluster:///x",
        "redis+ring://h",
        "redis+cluster://",
        "redis+cluster://a,,b",
        "redis+cluster://a:port",
        "redis+cluster://a/1",
        "redis+cluster://a?db=1",
        "redis+cluster://a?socket_timeout=1000",
        "redis+cluster://a?sentinel_password=x",
        "redis+sentinel://a:1,b:2",
        "redis+sentinel://a/records/first",
        "redis+sentinel://a/records?retry=1",
    ],
)
def test_what_cannot_be_used_says_why_and_no_secret(url: str) -> None:
    with pytest.raises(ValueError) as fault:  # noqa: PT011 - the text is looked at
        address(url.replace("://", "://:open-sesame@"))
    assert str(fault.value)
    assert "sesame" not in str(fault.value)


async def test_sentinels_are_signed_in_to_with_words_of_their_own() -> None:
    url = "rediss+sentinel://me:mine@one,two/records?sentinel_password=theirs&ssl_ca_certs=/ca.pem"
    store = Watched(address(url), Bounds(2))
    of_master = store.connection_pool.connection_kwargs
    assert (of_master["username"], of_master["password"]) == ("me", "mine")
    for sentinel in store._sentinel.sentinels:
        of_sentinel = sentinel.connection_pool.connection_kwargs
        assert of_sentinel.get("username") is None
        assert of_sentinel["password"] == "theirs"
        assert of_sentinel["ssl_ca_certs"] == of_master["ssl_ca_certs"] == "/ca.pem"
    await store.aclose()
