"""Against a real browser: what it holds inside a hidden element does not leave with any page.

Chromium builds the tree of each page, once as a document that runs scripts and once as one that
does not, and says which secrets are in the text and attributes of hidden elements. The redactor has
to hide those; it may hide more, or block the page.
"""

from __future__ import annotations

import re

from playwright.async_api import Browser

from gateway.errors import Unreadable
from gateway.redaction.rules import Selection
from tests.redaction.soup import Soup
from tests.redaction.support import hiding_html, redact_page

SELECTORS = {".s": hiding_html(".s"), ".a .s": hiding_html(".a .s")}
PAGES = 400

HIDDEN = """(pages) => {
  const secretsOf = (root) => {
    const found = [new Set(), new Set()];
    const walk = (node, inside, a) => {
      const take = (text) => {
        for (const [secret] of text.matchAll(/SECRET\\d+;/g))
          inside.forEach((yes, i) => yes && found[i].add(secret));
      };
      if (node.nodeType === Node.TEXT_NODE) take(node.data);
      if (node.nodeType === Node.ELEMENT_NODE) {
        const s = node.classList.contains("s");
        inside = [inside[0] || s, inside[1] || (a && s)];
        a = a || node.classList.contains("a");
        for (const attribute of node.attributes) take(attribute.value);
        if (node.content) walk(node.content, inside, a);
      }
      for (const child of node.childNodes) walk(child, inside, a);
    };
    walk(root, [false, false], false);
    return found.map((secrets) => [...secrets]);
  };
  return pages.map((page) => {
    const still = secretsOf(new DOMParser().parseFromString(page, "text/html"));
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.contentDocument.open();
    frame.contentDocument.write(page);
    frame.contentDocument.close();
    const running = secretsOf(frame.contentDocument);
    frame.remove();
    return still.map((secrets, i) => [...secrets, ...running[i]]);
  });
}"""

# Pages that got a secret past an earlier version.
FOUND_BEFORE = [
    "<thead class=a></section><section class=s>SECRET1;<thead></thead><section>SECRET2;",
    "<caption class=s><h1><ul class=s><table/></table></caption>SECRET3;",
    "<font><option><li class=a><span><table></span></ul><li class=s>SECRET1;</li>SECRET2;",
    "<em><dl></dl><u class=s /></dl>SECRET1;<dl><u></dl></u><dl>SECRET2;",
    "<math class=a><template class=s><font>SECRET1;</p></font><select class='a s'>SECRET2;",
    "<h1/><span class=s><b>x</h1><form class=s>SECRET1;</form>SECRET2;</b></span>",
    "<table><colgroup class=s>< </font>SECRET3;<i class=a><dialog class=a><pre class=s></colgroup>"
    "<option class=s>SECRET5;",
    "<h2><td class='a s'><mi class=a></td><td></td><td class=s></td><mi class=s>SECRET6;",
    "<nobr class=s>x<center class=a>SECRET3;<nobr><nobr class=a><center>SECRET6;",
    "<head><noscript><span class=s></noscript>SECRET1;",
    "<button><table><select><p class=s><tr></tr>SECRET4;<span class=s><h2></h2>SECRET5;</span>",
    "<template class='a s'>SECRET0;</template>SECRET1;<html class=a><div title=SECRET2;>",
    "SECRET0;<p><frameset><span><listing class=s></listing><span class=s></p><tr>SECRET3;",
]


def leaks(page: str, selection: Selection, hidden: list[str]) -> set[str] | None:
    """Return the secrets that leave, None when the page is blocked."""
    try:
        left, _ = redact_page(page.encode(), selection, piece=11)
    except Unreadable:
        return None
    return set(re.findall(r"SECRET\d+;", left.decode())) & set(hidden)


async def test_what_a_browser_holds_in_a_hidden_element_does_not_leave(chromium: Browser) -> None:
    context = await chromium.new_context()
    browser_page = await context.new_page()
    pages = FOUND_BEFORE + [Soup(seed).page for seed in range(PAGES)]
    truth = await browser_page.evaluate(HIDDEN, pages)
    outcomes = [
        (page, which, leaks(page, selection, hidden[index]))
        for page, hidden in zip(pages, truth, strict=True)
        for index, (which, selection) in enumerate(SELECTORS.items())
    ]
    assert [outcome for outcome in outcomes if outcome[2]] == []
    # The pages must be worth it: most are read, and many have something to hide.
    assert sum(outcome[2] is not None for outcome in outcomes) > len(outcomes) / 2
    assert sum(bool(hidden[0]) for hidden in truth) > len(pages) / 3
