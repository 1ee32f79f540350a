"""Listed analytics hosts in markup: their loads are emptied, everything else stays as it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.banner.beacons import Beacon, Beacons, Silencer

LISTED = Beacons(
    [Beacon(host="www.google-analytics.com"), Beacon(host="stats.example.com", path="/b/**")]
)


def silenced(page: bytes, *, cut: int = 1 << 20) -> bytes:
    silencer = Silencer(LISTED)
    pieces = [silencer.feed(page[at : at + cut]) for at in range(0, len(page), cut)]
    return b"".join(pieces) + silencer.close()


@pytest.mark.parametrize(
    "address",
    [
        "https://www.google-analytics.com/collect?v=1",
        "//www.google-analytics.com",
        "HTTP://WWW.Google-Analytics.com:8443/x",
        "\n https:\\\\www.google-analytics.com/x",
        "https://somebody@www.google-analytics.com/",
        "https://stats.example.com/b/1.gif",
        "https://stats.example.com/B/1.gif",
    ],
)
def test_addresses_of_listed_hosts_are_known(address: str) -> None:
    assert LISTED.hold(address)


@pytest.mark.parametrize(
    "address",
    [
        "/www.google-analytics.com/collect",
        "https://www.google-analytics.com.example.com/",
        "https://example.com/?u=https://www.google-analytics.com/",
        "https://stats.example.com/report",
        "data:text/plain,//www.google-analytics.com/",
    ],
)
def test_other_addresses_are_not(address: str) -> None:
    assert not LISTED.hold(address)


@pytest.mark.parametrize(
    ("tag", "left"),
    [
        (
            "<script async src='https://www.google-analytics.com/a.js'>",
            '<script async src="">',
        ),
        ("<IMG SRC=//www.google-analytics.com/c alt=x>", '<IMG SRC="" alt=x>'),
        (
            "<img srcset='/a.png 1x, //stats.example.com/b/2.png 2x' src=/a.png>",
            '<img srcset="" src=/a.png>',
        ),
        ('<link rel=preload href="//stats.example.com/b/x">', '<link rel=preload href="">'),
        ('<iframe src="https&#58;//www.google-analytics.com/">', '<iframe src="">'),
        ("<a href=/x ping='/p //stats.example.com/b/p'>", '<a href=/x ping="">'),
    ],
)
def test_what_a_tag_loads_there_is_emptied(tag: str, left: str) -> None:
    page = "<!doctype html><p>é" + tag
    end = "</script>" if "<script" in tag else "</iframe>" if "<iframe" in tag else ""
    assert silenced((page + end).encode()) == f"<!doctype html><p>é{left}{end}".encode()


@pytest.mark.parametrize(
    "page",
    [
        "<a href='https://www.google-analytics.com/'>our figures</a>",
        "<textarea><img src=//www.google-analytics.com/c></textarea>",
        "<!-- <img src=//www.google-analytics.com/c> -->",
        "<p>//www.google-analytics.com/ <img src=/c?u=//www.google-analytics.com/>",
        "<img src=/a srcset='/b 2x'>",
    ],
)
def test_what_loads_nothing_there_stays(page: str) -> None:
    assert silenced(page.encode()) == page.encode()


def test_a_page_that_cannot_be_cut_goes_on_as_it_is() -> None:
    load = b"<img src=//www.google-analytics.com/c>"
    end = b"<plaintext>" + load
    assert silenced(load + end) == b'<img src="">' + end
    assert silenced(b"<img src='never ended") == b"<img src='never ended"


pages = st.lists(
    st.sampled_from(
        [
            b"<img src=//www.google-analytics.com/c>",
            b'<img src="/own.png">',
            b"<script src='https://stats.example.com/b/x.js'></script>",
            b"<script>'<img src=//www.google-analytics.com/>'</script>",
            b"<!-- x -->",
            b"<plaintext>",
            b"\xff\xfe\x00",
            "é <b>".encode(),
            b"<",
            b"'\">",
        ]
    ),
    max_size=8,
).map(b"".join)


@settings(deadline=None)
@given(pages, st.integers(1, 40))
def test_the_output_does_not_hang_on_how_the_page_is_cut(page: bytes, cut: int) -> None:
    assert silenced(page, cut=cut) == silenced(page)


@settings(deadline=None)
@given(pages)
def test_only_values_of_loads_are_taken_away(page: bytes) -> None:
    emptied = silenced(page)
    pattern = re.escape(emptied).replace(b'src=""', rb"src=(?:'[^']*'|[^>\s]*)")
    assert re.fullmatch(pattern, page, re.DOTALL)
