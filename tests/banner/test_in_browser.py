"""The bar in a real Chromium, on pages that hide it, cover it, or stop it (threat 39)."""

from __future__ import annotations

import pytest

from tests.banner.looking import details, told
from tests.banner.support import HTML, LONG, Acting

pytestmark = pytest.mark.asyncio(loop_scope="module")

STOP_CLICKS = """<script>for (const type of ['click', 'mousedown', 'mouseup', 'pointerdown'])
    for (const on of [window, document]) on.addEventListener(type, (e) => {
        e.preventDefault(); e.stopImmediatePropagation() }, true)</script>"""

HOSTILE = {
    "plain": LONG,
    "five megabytes": HTML + ("<p>" + "deal " * 200) * 5_000,
    "no doctype": "<html><body><h1>Deals",
    "nothing": "",
    "text": "just text",
    "frames": "<frameset cols='50%,50%'><frame src='/frame'><frame src='/frame'></frameset>",
    "all hidden": HTML + "<style>*{display:none!important}</style>",
    "all hidden later": HTML
    + "<script>onload=()=>setTimeout(()=>document.head.insertAdjacentHTML('beforeend',"
    "'<style>*,::before{display:none!important;visibility:hidden!important}</style>'),50)</script>",
    "all shrunk": HTML + "<style>*{zoom:.05!important;font-size:1px!important;scale:0}</style>",
    "all clipped": HTML
    + "<style>*{opacity:0!important;filter:opacity(0)!important;clip-path:inset(50%)!important;"
    "transform:translateX(-9999px)!important;pointer-events:none!important;color:red!important;"
    "position:static!important;content-visibility:hidden!important;inset:auto!important;"
    "width:0!important;height:0!important;all:unset!important}</style>",
    "root inert": HTML + "<script>document.documentElement.inert = true</script>",
    "root not interactive": HTML + "<style>html{interactivity:inert!important}</style>",
    "z-index": HTML
    + "<div style='position:fixed;inset:0;background:lime;z-index:2147483647'></div>",
    "body rewritten": HTML
    + "<script>setInterval(()=>{document.body.innerHTML='<h1>'+Math.random()},50)</script>",
    "root rewritten": HTML
    + "<script>setInterval(()=>{document.documentElement.innerHTML='<h1>x'},50)</script>",
    "document.open": HTML
    + "<script>onload=()=>{document.open();document.write('<h1>new</h1>');document.close()}"
    "</script>",
    "document.open, never closed": HTML
    + "<script>onload=()=>{document.open();document.write('<h1>new</h1>')}</script>",
    "root replaced": HTML
    + "<script>onload=()=>document.replaceChildren(document.createElement('html'))</script>",
    "removed by name": HTML
    + "<script>setInterval(()=>document.querySelector('gateway-bar')?.remove(),50)</script>",
    "attributes": HTML
    + "<script>onload=()=>{const b=document.querySelector('gateway-bar');b.hidden=true;"
    "b.inert=true;b.style='display:none!important';b.popover='auto'}</script>",
    "clobbered": HTML
    + "<form name=documentElement></form><form name=adoptedStyleSheets></form><img name=body>"
    "<form name=addEventListener></form><form name=elementFromPoint><input name=append></form>"
    "<form name=currentScript></form><form name=createElement></form><img name=createTextNode>"
    "<img name=readyState><img name=title><img name=head><img name=querySelectorAll>"
    "<img name=fullscreenElement><img name=exitFullscreen>",
    "patched": HTML
    + "<script>for(const t of [Node,Element,HTMLElement,Document,EventTarget])for(const n of "
    "Object.getOwnPropertyNames(t.prototype))try{if(typeof t.prototype[n]==='function')"
    "t.prototype[n]=()=>{}}catch{};Date.now=()=>0;window.setTimeout=()=>0</script>",
    "tag in a script": HTML + "<script>const end='</body></html><!doctype html>'</script>",
    "open comment": HTML + "<!-- <script>",
    "clicks stopped": HTML + STOP_CLICKS,
    "document.open, clicks stopped": HTML
    + f"<template>{STOP_CLICKS}</template><script>onload=()=>{{const all="
    "document.querySelector('template').innerHTML;document.open();document.write(all);"
    "document.close()}</script>",
    "router": HTML + "<script>navigation.addEventListener('navigate',e=>e.canIntercept&&"
    "e.intercept({handler(){}}))</script>",
    "base": HTML + "<base href='https://elsewhere.example/' target=_blank>",
    "popovers": HTML
    + "<div popover=manual id=p style='inset:0;width:auto;height:auto;margin:0;background:lime'>x"
    "</div><script>onload=()=>setInterval(()=>{p.togglePopover()},300)</script>",
    "dialog": HTML + "<dialog id=d style='max-width:none;max-height:none;width:100vw;height:100vh;"
    "background:lime'>x</dialog><script>onload=()=>d.showModal()</script>",
    "dialog by command": HTML
    + "<dialog id=d>x</dialog><button commandfor=d command=show-modal id=b>Open</button>"
    "<script>onload=()=>b.click()</script>",
    "dialogs one in another": HTML + "<dialog id=d>x<dialog id=e>y</dialog></dialog>"
    "<script>onload=()=>{d.showModal();e.showModal()}</script>",
    "dialog in a closed root": HTML + "<p id=h></p><script>const r=h.attachShadow({mode:'closed'});"
    "r.innerHTML='<dialog>x</dialog>';onload=()=>r.firstChild.showModal()</script>",
    "dialog by command in a root": HTML
    + "<p><template shadowrootmode=open><dialog id=d>x</dialog><button commandfor=d "
    "command=show-modal>Open</button></template></p><script>onload=()=>"
    "document.querySelector('p').shadowRoot.querySelector('button').click()</script>",
    "dialog emptied": HTML
    + "<dialog id=d>x</dialog><script>onload=()=>{d.showModal();setInterval(()=>{"
    "d.innerHTML='y'},50)}</script>",
    "dialog hidden": HTML + "<style>dialog{display:none!important}</style><dialog id=d>x</dialog>"
    "<script>onload=()=>d.showModal()</script>",
    "dialog before, closed again": HTML
    + "<dialog id=d>x</dialog><script>d.showModal();onload=()=>d.close()</script>",
    "dialog removed": HTML
    + "<dialog id=d>x</dialog><script>d.showModal();onload=()=>d.remove()</script>",
    "meta policy": HTML
    + "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">",
    "meta trusted types": HTML
    + "<meta http-equiv=Content-Security-Policy content=\"require-trusted-types-for 'script'; "
    "trusted-types 'none'\">",
}


@pytest.mark.threat(39)
@pytest.mark.parametrize("name", HOSTILE)
async def test_threat_39_the_bar_is_seen_and_leaves(window: Acting, name: str) -> None:
    await window.open(HOSTILE[name])

    await window.shown()
    await details(window)
    await told(window, "Requests: 14")
    await window.leaves()


@pytest.mark.threat(39)
async def test_threat_39_it_is_back_before_a_rewritten_page_is_seen(window: Acting) -> None:
    page = await window.open(LONG)

    assert await page.evaluate("""async () => {
        document.open();
        await new Promise(requestAnimationFrame);
        document.write('<h1>new</h1>');
        await null;
        return document.querySelector('gateway-bar') !== null;
    }""")


POLICIES = [
    "default-src 'none'",
    "default-src 'none'; script-src 'strict-dynamic' 'nonce-app'",
    "script-src 'nonce-app'; style-src 'nonce-app'",
    "default-src 'self' 'unsafe-inline'; script-src-elem 'none'",
    "default-src 'none', script-src 'none'",
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "sandbox",
    "sandbox; default-src 'none'",
    "sandbox allow-scripts; default-src 'self'",
    "sandbox allow-scripts allow-forms; script-src 'none'",
]


@pytest.mark.threat(39)
@pytest.mark.parametrize("policy", POLICIES)
async def test_threat_39_a_policy_lets_the_bar_in(window: Acting, policy: str) -> None:
    await window.open(LONG, headers={"Content-Security-Policy": policy})

    await window.shown()
    await window.leaves()
