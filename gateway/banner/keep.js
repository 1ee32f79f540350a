// Keeps the bar shown, on top and operable, whatever the app's page does (threat 39). The last of
// the parts of bar.js. No inline style sheet, no markup from strings: nothing that a policy could
// stop; and where one stops what is fetched, the bar says less.

/** What the operator chose, from page to page; a sandbox has no storage. */
function memory(name, chosen) {
  try {
    if (chosen !== undefined) localStorage.setItem(`gateway-bar-${name}`, chosen);
    return localStorage.getItem(`gateway-bar-${name}`) ?? "";
  } catch {
    return "";
  }
}

function start(state) {
  class Bar extends HTMLElement {
    static disabledFeatures = ["internals"]; // attachInternals() would hand out the closed root
    disconnectedCallback() {
      attend(); // document.open() has just dropped every listener of the window
      queueMicrotask(keep);
    }
  }
  customElements.define("gateway-bar", Bar);
  const host = new Bar();
  const shadow = host.attachShadow({ mode: "closed" });
  const prefix = state.leave.replace(/leave$/, "");
  const marking = marker(state, (what) => ask(what));
  const { bar, pill, told, more, leave, details, tell, used, learn, ways } = draw(state, shadow, marking.again);
  const toast = toaster(shadow, told);
  const corner = cornered(pill, host, memory("corner"), (where) => memory("corner", where));
  const tab = tabbed(state, prefix);
  const printed = `Acting as ${state.subject} · ${state.account} · printed by ${state.actor}`;
  const room = sheet(`${"@PAGE_CSS@"} @page { @bottom-left {
    font: 9pt system-ui; white-space: nowrap; content: "${CSS.escape(printed)}" } }`);
  const marks = sheet(MARKS);
  shadow.adoptedStyleSheets = [sheet("@BAR_CSS@")];

  let view = memory("view") === "pill" ? pill : bar;
  more.open = memory("view") === "details";
  let leaving = false;
  let dialogs = []; // modal ones, newest last: a browser makes all outside the newest inert
  let barren = null; // what is full-screen and shows no children: a video, a frame, a closed root

  function filling() {
    let found = screenOf(document);
    while (found?.shadowRoot?.fullscreenElement) found = found.shadowRoot.fullscreenElement;
    return found;
  }
  /** Puts the bar into what is modal or full-screen, since all the rest is inert then. */
  function place() {
    dialogs = dialogs.filter((dialog) => connected(dialog) && matches(dialog, ":modal"));
    let home = dialogs.at(-1) ?? filling();
    if (barren !== home) barren = null;
    if (!home || barren) home = rootOf(document);
    if (parent(host) !== home) append(home, host);
  }
  /** Shows the bar last: so it is on top, of popovers, dialogs and what is full-screen alike. */
  function raise() {
    const focused = shadow.activeElement;
    for (const old of [bar, pill]) if (matches(old, ":popover-open")) hide(old);
    show(view);
    focused?.focus({ preventScroll: true });
  }
  /** Whether something else is hit where the bar is: over it, or it is inert, or it is nowhere. */
  function covered() {
    const { left, top, width, height } = box(view);
    if (!width || !height) return true;
    return [0.1, 0.5, 0.97].some((part) => {
      const [x, y] = [left + width * part, top + height / 2];
      let hit = hitIn(rootNode(host), x, y);
      if (!hit || hit === host) return false;
      for (let inner = hit; inner?.shadowRoot; hit = inner ?? hit) {
        inner = hitIn(inner.shadowRoot, x, y);
        if (inner === hit) break;
      }
      const dialog = closest(hit, "dialog:modal");
      if (dialog) entered(dialog);
      return true;
    });
  }
  /** Undoes what an ancestor can still do to an element of the top layer. */
  function uncover() {
    for (let node = host; node; node = parent(node) ?? node.host) {
      if (!(node instanceof HTMLElement)) continue;
      if (getComputedStyle(node).display === "none") set(node.style, "display", "block", "important");
      set(node.style, "content-visibility", "visible", "important");
      set(node.style, "interactivity", "auto", "important");
      node.inert = false;
    }
  }
  function keep() {
    if (!rootOf(document)) return; // after document.open(); the first write brings a root
    const sheets = sheetsOf(document);
    for (const each of [room, marks]) if (!sheets.includes(each)) sheets.push(each);
    place();
    const zoom = 1 / (parent(host).currentCSSZoom ?? 1);
    for (const one of [bar, pill]) set(one.style, "zoom", String(zoom));
    if (!matches(view, ":popover-open")) raise();
    if (!box(view).width && parent(host) === filling()) {
      barren = parent(host);
      told.textContent = "Full screen was closed, because the bar cannot be used in it.";
      exitScreen(document).catch(() => {}); // then it is at least seen
    } else if (barren || !covered()) return;
    uncover();
    place();
    raise();
  }
  function entered(dialog) {
    dialogs = [...dialogs.filter((other) => other !== dialog), dialog];
  }

  HTMLDialogElement.prototype.showModal = function () { // the only news from closed shadow roots
    showModal(this);
    entered(this);
    keep();
  };
  const opened = (event) => {
    if (event.target instanceof HTMLDetailsElement) return;
    if (event.newState === "open" && matches(event.target, "dialog:modal")) entered(event.target);
    keep();
    raise();
  };
  /** The app never hears what is done to the bar, so no focus trap or router can undo it. */
  const shield = (event) => {
    if (event.type === "keydown" && called(event)) return;
    const away = event.type === "focusout" || event.type === "blur";
    if (event.target !== host && !(away && event.relatedTarget === host)) {
      if (corner.held() && event.type === "pointermove") corner.take(event);
      return;
    }
    event.stopImmediatePropagation();
    if (view === pill && !closest(touched(event) ?? pill, ".toast") && corner.take(event)) {
      event.preventDefault();
      if (event.type === "pointermove") capture(pill, event.pointerId);
    }
    if (event.type === "click" && closest(touched(event) ?? bar, "a") === leave) leaving = true;
  };
  /** What of the bar an event is about: the page is told no more than that it is the bar. */
  const touched = ({ type, clientX, clientY }) =>
    type.startsWith("key") || (type === "click" && !clientX && !clientY)
      ? shadow.activeElement : hitInShadow(shadow, clientX, clientY);
  /** Whether a key was for the bar: the way to it, and the way out of its details. */
  const called = (event) => {
    const { altKey, shiftKey, ctrlKey, metaKey, code, key } = event;
    if (altKey && shiftKey && !ctrlKey && !metaKey && code === "KeyG")
      view.querySelector("summary, button").focus({ preventScroll: true });
    else if (event.target === host && key === "Escape" && view === bar && more.open) {
      more.open = false;
      more.firstChild.focus({ preventScroll: true });
    } else return false;
    event.preventDefault();
    event.stopImmediatePropagation();
    return true;
  };
  const go = (event) => {
    if (ways(event.destination.url)) event.stopImmediatePropagation();
  };
  /** Nothing of the page's keeps an operator in it who leaves. */
  const unload = (event) => {
    if (leaving) event.stopImmediatePropagation();
    leaving = false;
  };
  const ask = async (what) => {
    try {
      const answer = await fetch(`${prefix}session${what ? "/" : ""}${what}`, { cache: "no-store" });
      return answer.ok ? await json(answer) : null;
    } catch {
      return null; // a policy of the page's forbids it, or the session is over
    }
  };
  const inform = async () => {
    const facts = await ask("");
    if (!facts) return;
    details.fill(facts);
    learn(facts.now);
  };
  /** Once the page is read, the bar is the last thing in it: for the keyboard as for the eye. */
  const last = () => {
    append(parent(host), host);
    keep();
    tab();
    corner.rest();
  };
  const loaded = () => {
    keep();
    marking.begin();
    if (more.open) inform();
  };
  function attend() {
    for (const type of ["auxclick", "blur", "click", "dblclick", "focus", "focusin", "focusout",
      "keydown", "keypress", "keyup", "mousedown", "mouseup", "pointercancel", "pointerdown",
      "pointermove", "pointerup"])
      listen(window, type, shield, { capture: true });
    for (const type of ["touchend", "touchstart"])
      listen(window, type, shield, { capture: true, passive: true });
    listen(window, "beforeunload", unload, true);
    for (const type of ["toggle", "fullscreenchange"]) listen(document, type, opened, true);
    listen(window, "load", loaded, { once: true });
    listen(window, "pageshow", keep, true);
    listen(window, "resize", corner.rest, true);
    listen(window, "DOMContentLoaded", last, true);
    if (window.navigation) listen(navigation, "navigate", go);
  }
  bar.addEventListener("toggle", (event) => { // by Minimize, or by the pill
    if ((view === bar) === (event.newState === "open")) return;
    view = view === bar ? pill : bar;
    memory("view", view === pill ? "pill" : "bar");
    raise();
    corner.rest();
    view.querySelector("summary, button").focus({ preventScroll: true });
  });
  more.addEventListener("toggle", () => {
    if (view === bar) memory("view", more.open ? "details" : "bar");
    details.aim();
    if (more.open) inform();
  });
  function tick() {
    setTimeout(tick, 1000);
    keep();
    tell();
    tab();
  }
  // Whatever this page, its frames or another tab of the session asks the app for is use of it.
  const others = new BroadcastChannel("gateway-bar");
  others.onmessage = ({ data }) => (data.session === state.session ? learn(data) : used());
  const own = `${location.origin}/`;
  const asked = (list) => {
    const entries = list.getEntries().filter(({ name }) => name.startsWith(own));
    for (const { name, serverTiming = [] } of entries)
      for (const said of serverTiming)
        if (said.name === ENTRY) {
          toast(new URL(name).pathname, said.description);
          if (more.open) inform();
        }
    if (entries.every(({ name }) => name.startsWith(own + prefix.slice(1)))) return;
    used();
    others.postMessage("used");
  };
  new PerformanceObserver(asked).observe({ type: "resource" });
  const { session, left, raised, mode, lowered } = state;
  others.postMessage({ session, left, raised, mode, lowered, words: state.words });
  new MutationObserver(keep).observe(document, { childList: true });
  attend();
  tick();
}

const script = document.currentScript;
const plain = script.previousElementSibling;
const said = JSON.parse(script.dataset.state);
script.remove();
ownCookies(said);
if (said.beacons) silence(said.beacons);
// A frame of the session's own page is under that page's bar; in anybody else's it needs its own.
const above = location.ancestorOrigins;
const top = above?.[above.length - 1] ?? location.origin;
const framed = window.top !== window && top === location.origin;
// Where the app wrote one of its own pages into its window, the first bar is still at work.
if (framed) new BroadcastChannel("gateway-bar").postMessage("used");
else if (!customElements.get("gateway-bar")) start(said);
plain.remove(); // the plain bar goes last: it is for where no script runs, or this one fails
