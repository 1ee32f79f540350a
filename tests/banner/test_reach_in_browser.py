"""The bar in a page that replaced all that scripts can: it gets no part of it (threat 39)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.banner.looking import details, focused, told, untold
from tests.banner.support import CHANGE, HTML, NOW, STATE, Acting

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRIPWIRE = Path(__file__).with_name("tripwire.js").read_text()
FORM = "<form method=post action=/deals/7><button id=a>Move</button></form><dialog id=d>x</dialog>"

BROKEN = """<script>(() => {
  const { ownKeys, defineProperty, getOwnPropertyDescriptor } = Reflect;
  const no = () => { throw new Error("broken") };
  const break_ = (owner) => {
    for (const key of ownKeys(owner)) {
      const had = getOwnPropertyDescriptor(owner, key);
      if (!had.configurable || key === "constructor" || key === "prototype") continue;
      if (typeof had.value === "function") defineProperty(owner, key, { ...had, value: no });
      else if (had.get || had.set) defineProperty(owner, key, { get: no, set: no });
    }
  };
  const types = Object.getOwnPropertyNames(window).filter((key) => /^[A-Z]/.test(key));
  const made = types.map((key) => window[key]).filter((type) => typeof type === "function");
  const first = [Array, Object, Reflect, String, RegExp, Function];
  const rest = made.filter((type) => !first.includes(type));
  for (let at = 0; at < rest.length; at += 1) { break_(rest[at].prototype ?? {}); break_(rest[at]) }
  for (const type of [String, RegExp, Function]) break_(type.prototype);
  for (const name of ["setTimeout", "fetch", "URL", "Date", "getComputedStyle", "navigation"])
    defineProperty(window, name, { value: no, configurable: true });
  break_(Math);
  defineProperty(Array.prototype, Symbol.iterator, { value: no, configurable: true });
})()</script>"""


@pytest.mark.threat(39)
async def test_threat_39_the_page_never_holds_a_part_of_the_bar(window: Acting) -> None:
    page = window.page
    await page.clock.install()
    window.rules = {"POST /deals/7": "read_only.safe_methods"}
    state = msgspec.structs.replace(STATE, expires_at=NOW + 400_000)
    left = window.facts["now"] | {"left": 400_000}
    window.facts = window.facts | {"now": left}
    await window.open(HTML + f"<script>{TRIPWIRE}</script>{FORM}", state=state)
    await details(window)
    await told(window, "Requests: 14")
    for path in ("a", "a", "b", "c", "d"):
        await page.evaluate(f"fetch('/{path}', {{ method: 'POST' }}).then((a) => a.text())")
    await told(window, "and 1 more")
    await page.keyboard.press("Alt+Shift+G")
    await focused(window, "Details")
    await page.keyboard.press("Escape")
    await untold(window, "Requests: 14")
    width, height = window.size
    await page.mouse.click(width - 150, height - 20)
    await focused(window, "as Jonas Weber")
    await page.mouse.move(60, height - 24)
    await page.mouse.down()
    await page.mouse.move(width - 200, 60, steps=3)
    await page.mouse.up()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await focused(window, "Details")
    await page.evaluate("d.showModal()")
    await page.evaluate("d.close()")
    window.facts = window.facts | {
        "now": left | {"mode": "read_write", "words": "real", "raised": 60_000}
    }
    await page.evaluate(
        f"new BroadcastChannel('gateway-bar').postMessage({{session: '{STATE.session}',"
        " left: 1, mode: 'read_write'})"
    )
    await window.shown(CHANGE)
    await page.clock.fast_forward(290_000)
    await told(window, "Changes are over: look only.")
    await told(window, "Extend")
    await page.clock.fast_forward(130_000)
    await told(window, "This session has ended. Nothing done here reaches the app any more.")
    await page.mouse.click(120, height - 20, click_count=3)
    await page.keyboard.press("Control+A")
    said = await page.evaluate("leaks()")
    assert said["count"] > 10, "the wire is there"
    assert sorted(set(said["found"])) == []


@pytest.mark.threat(39)
async def test_threat_39_the_bar_stands_where_all_that_pages_have_is_broken(
    window: Acting,
) -> None:
    page = await window.open(HTML + "<style>*{display:none!important}</style>" + BROKEN)
    await window.shown()
    await details(window)
    await told(window, "See the timeline")
    await page.keyboard.press("Escape")
    await untold(window, "See the timeline")
    await window.leaves()
