// Keeps the bar shown, on top and operable, whatever the app's page does (threat 39). One of
// the parts of bar.js. It runs before any byte of the app's markup: what it will need later is
// taken from the prototypes then, so that neither clobbered names (<img name=documentElement>) nor
// patched methods reach it. No fetch, no inline style sheet, no markup from strings: nothing that a
// policy could stop.

const taken = (type, name) => Function.prototype.call.bind(type.prototype[name]);
const reader = (type, name) =>
  Function.prototype.call.bind(Object.getOwnPropertyDescriptor(type.prototype, name).get);

const append = taken(Element, "append");
const box = taken(Element, "getBoundingClientRect");
const closest = taken(Element, "closest");
const connected = reader(Node, "isConnected");
const exitScreen = taken(Document, "exitFullscreen");
const hide = taken(HTMLElement, "hidePopover");
const hitInDocument = taken(Document, "elementFromPoint");
const hitInShadow = taken(ShadowRoot, "elementFromPoint");
const listen = taken(EventTarget, "addEventListener");
const matches = taken(Element, "matches");
const parent = reader(Node, "parentNode");
const rootNode = taken(Node, "getRootNode");
const rootOf = reader(Document, "documentElement");
const screenOf = reader(Document, "fullscreenElement");
const set = taken(CSSStyleDeclaration, "setProperty");
const sheetsOf = reader(Document, "adoptedStyleSheets");
const show = taken(HTMLElement, "showPopover");
const showModal = taken(HTMLDialogElement, "showModal");
const { getComputedStyle, queueMicrotask, setTimeout } = window;

const hitIn = (root, x, y) =>
  root instanceof ShadowRoot ? hitInShadow(root, x, y) : hitInDocument(root, x, y);

const sheet = (text) => {
  const made = new CSSStyleSheet(); // constructed: no policy asks for its source
  made.replaceSync(text);
  return made;
};

/** Whether the operator wants it small, from page to page; a sandbox has no storage. */
function memory(small) {
  try {
    if (small !== undefined) sessionStorage.setItem("gateway-bar", small ? "small" : "");
    return sessionStorage.getItem("gateway-bar") === "small";
  } catch {
    return false;
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
  const { bar, pill, told, tell, used, ways } = draw(state, shadow);
  const printed = `Acting as ${state.subject} · ${state.account} · printed by ${state.actor}`;
  const room = sheet(`${"@PAGE_CSS@"} @page { @bottom-left {
    font: 9pt system-ui; white-space: nowrap; content: "${CSS.escape(printed)}" } }`);
  shadow.adoptedStyleSheets = [sheet("@BAR_CSS@")];

  let view = memory() ? pill : bar;
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
    if (!sheets.includes(room)) sheets.push(room);
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
    const leaving = event.type === "focusout" || event.type === "blur";
    if (event.target === host || (leaving && event.relatedTarget === host))
      event.stopImmediatePropagation();
  };
  const go = (event) => {
    if (ways.includes(event.destination.url)) event.stopImmediatePropagation();
  };
  /** Once the page is read, the bar is the last thing in it: for the keyboard as for the eye. */
  const last = () => {
    append(parent(host), host);
    keep();
  };
  function attend() {
    for (const type of ["auxclick", "blur", "click", "dblclick", "focus", "focusin", "focusout",
      "keydown", "keypress", "keyup", "mousedown", "mouseup", "pointerdown", "pointerup",
      "touchend", "touchstart"])
      listen(window, type, shield, { capture: true, passive: true });
    for (const type of ["toggle", "fullscreenchange"]) listen(document, type, opened, true);
    for (const type of ["load", "pageshow"]) listen(window, type, keep, true);
    listen(window, "DOMContentLoaded", last, true);
    if (window.navigation) listen(navigation, "navigate", go);
  }
  bar.addEventListener("toggle", (event) => { // by Minimize, or by the pill
    if ((view === bar) === (event.newState === "open")) return;
    view = view === bar ? pill : bar;
    memory(view === pill);
    raise();
    view.querySelector("summary, button").focus({ preventScroll: true });
  });
  function tick() {
    setTimeout(tick, 1000);
    keep();
    tell();
  }
  // Whatever this page, its frames or another tab of the session asks the app for is use of it.
  const others = new BroadcastChannel("gateway-bar");
  others.onmessage = used;
  const asked = (list) => {
    if (!list.getEntries().some((entry) => entry.name.startsWith(`${location.origin}/`))) return;
    used();
    others.postMessage("used");
  };
  new PerformanceObserver(asked).observe({ type: "resource" });
  others.postMessage("used");
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
