"""Where the tags land, asked of a real HTML parser: Chromium's."""

from __future__ import annotations

import random

import pytest

from gateway.banner.inject import Injector
from gateway.errors import Unreadable
from tests.banner.support import Acting

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = ["<", "!", "-", "--", ">", "?", "/", "a", " ", "\n", "doctype", "<!--", "-->", "--!>", "'"]
WORDS += ["<!doctype html>", '<!DOCTYPE html PUBLIC "', "<?xml ?>", "<html>", "<p>", "x", "[CDATA["]

PARSE = """(documents) => documents.map(([plain, barred]) => {
    const [before, after] = [plain, barred].map(
        (text) => new DOMParser().parseFromString(text, 'text/html'));
    const [link, script] = after.head.children;
    const shown = link?.id === 'link' && script?.id === 'script' && !after.body.querySelector('#link');
    const kept = before.compatMode === after.compatMode && before.doctype?.name === after.doctype?.name;
    link?.remove();
    script?.remove();
    return { shown, kept, same: before.body.innerHTML === after.body.innerHTML };
})"""  # noqa: E501 - a browser's language


@pytest.mark.threat(39)
async def test_threat_39_the_tags_are_the_head_of_any_document_and_change_nothing_else(
    window: Acting,
) -> None:
    chance = random.Random(39)
    documents: list[tuple[str, str]] = []
    while len(documents) < 3000:
        document = "".join(chance.choices(WORDS, k=chance.randrange(12))) + "<p>end"
        injector = Injector(b"<link id=link><script id=script></script>")
        try:
            barred = injector.feed(document.encode()) + injector.close()
        except Unreadable:
            continue
        documents.append((document, barred.decode()))
    await window.page.goto("about:blank")

    answers = await window.page.evaluate(PARSE, documents)

    for (plain, shown), answer in zip(documents, answers, strict=True):
        if not shown.startswith(plain):  # a document of which something is left after the tags
            assert answer == {"shown": True, "kept": True, "same": True}, shown
        assert answer["shown"], shown
