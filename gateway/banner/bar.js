// Draws the bar and keeps it: shown, on top and operable, whatever the app's page does (threat 39).
// It runs before any byte of the app's markup. What it will need later is taken from the prototypes
// here and now, so that neither clobbered names (<img name=documentElement>) nor patched methods
// reach it. No fetch, no inline style sheet, no markup from strings: nothing a policy can stop.
(() => {
  "use strict";
  const script = document.currentScript;
  const state = JSON.parse(script.dataset.state);
  script.previousElementSibling.remove(); // the plain bar's style sheet: for where no script runs
  script.remove();

  // A frame of the session's own page is under that page's bar; in anybody else's it needs its own.
  const above = location.ancestorOrigins;
  const top = above?.[above.length - 1] ?? location.origin;
  if (window.top !== window && top === location.origin) return;
  // The app wrote one of its own pages into this window: the first bar is still at work.
  if (customElements.get("gateway-bar")) return;

  const taken = (type, name) => Function.prototype.call.bind(type.prototype[name]);
  const reader = (type, name) =>
    Function.prototype.call.bind(Object.getOwnPropertyDescriptor(type.prototype, name).get);
  const rootOf = reader(Document, "documentElement");
  const sheetsOf = reader(Document, "adoptedStyleSheets");
  const append = taken(Element, "append");
  const matches = taken(Element, "matches");
  const closest = taken(Element, "closest");
  const show = taken(HTMLElement, "showPopover");
  const hide = taken(HTMLElement, "hidePopover");
  const rootNode = taken(Node, "getRootNode");
  const parent = reader(Node, "parentNode");
  const connected = reader(Node, "isConnected");
  const box = taken(Element, "getBoundingClientRect");
  const set = taken(CSSStyleDeclaration, "setProperty");
  const listen = taken(EventTarget, "addEventListener");
  const atInDocument = taken(Document, "elementFromPoint");
  const atInShadow = taken(ShadowRoot, "elementFromPoint");
  const at = (root, x, y) =>
    root instanceof ShadowRoot ? atInShadow(root, x, y) : atInDocument(root, x, y);
  const { now } = Date;
  const { getComputedStyle, queueMicrotask, setTimeout } = window;

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
  const sheet = (text) => {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    return made;
  };
  shadow.adoptedStyleSheets = [sheet("@BAR_CSS@")];
  const room = sheet("@PAGE_CSS@");

  // ---- what is drawn -------------------------------------------------------------------------

  const make = (tag, properties = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const dot = () => make("span", { class: "dot" });
  const clock = () =>
    make("time", { class: "left", role: "timer", datetime: new Date(ends).toISOString(),
      title: `until ${new Date(ends).toLocaleTimeString()}` }, make("b"),
      make("span", { class: "word" }, " left"));
  const fact = (title, ...lines) =>
    make("dl", {}, make("dt", {}, title), ...lines.filter(Boolean).map((line) =>
      make("dd", {}, make("bdi", {}, line))));
  const minimize = () =>
    make("button", { popovertarget: "bar", popovertargetaction: "hide" }, "Minimize");

  const ends = now() + state.left;
  const leave = make("a", { href: new URL(state.leave, location.origin).href, target: "_self" }, "Leave");
  const who = make("span", { class: "who", title: `${state.subject} · ${state.account}` },
    make("span", { class: "as" }, make("span", { class: "acting" }, "Acting "), "as "),
    make("b", {}, make("bdi", {}, state.subject)),
    make("span", { class: "account" }, " · ", make("bdi", {}, state.account)));
  const said = make("p", { class: "said" }, who, make("span", { class: "mode" }, state.words), clock());
  const more = make("details", {}, make("summary", {}, "Details"), make("div", { class: "panel" },
    fact("Acting as", state.subject, state.account),
    fact("You are", state.actor),
    fact("In", state.site),
    fact("Because", state.reason, state.ticket && `Ticket ${state.ticket}`),
    fact("Ends", new Date(ends).toLocaleString(), "Every request is on record."),
    minimize()));
  const bar = make("section",
    { id: "bar", class: `bar ${state.mode}`, popover: "manual", "aria-label": "Acting on behalf" },
    dot(), said, more, minimize(), leave);
  const pill = make("div", { class: `pill ${state.mode}`, popover: "manual" },
    make("button", { popovertarget: "bar", popovertargetaction: "show", title: "Show the bar" },
      dot(), make("span", { class: "who" }, "as ", make("bdi", {}, state.subject)), clock()));
  const told = make("p", { class: "told", role: "status" });
  shadow.append(bar, pill, told);

  // ---- time ----------------------------------------------------------------------------------

  const pad = (number) => String(number).padStart(2, "0");
  const announced = [[300, "5 minutes left."], [60, "1 minute left."]];
  function tell() {
    const left = Math.max(0, Math.ceil((ends - now()) / 1000));
    const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    const text = h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
    for (const digits of shadow.querySelectorAll(".left b")) digits.textContent = text;
    for (const view of [bar, pill]) view.classList.toggle("soon", left <= 120);
    while (announced.length && left <= announced[0][0]) told.textContent = announced.shift()[1];
    if (!left && leave.isConnected) end();
  }
  function end() {
    const words = "This session has ended. Nothing you do here reaches the app any more.";
    said.replaceChildren(make("span", { class: "who" }, words));
    said.title = words;
    more.remove();
    leave.replaceWith(make("a", { href: state.console, target: "_self" }, "Back to the console"));
    for (const view of [bar, pill]) view.classList.replace(state.mode, "ended");
    pill.querySelector(".who").textContent = "Session ended";
    pill.querySelector(".left").remove();
    told.textContent = words;
  }

  // ---- being there ---------------------------------------------------------------------------

  const dialogs = []; // modal ones, newest last: all outside the newest is inert
  let view = bar;
  bar.addEventListener("toggle", (event) => { // by Minimize, or by the pill
    view = event.newState === "closed" ? pill : bar;
    keep();
  });

  /** Whether something else is hit where the bar is: over it, or it is inert, or it is nowhere. */
  function covered() {
    const { left, top, width, height } = box(view);
    if (!width || !height) return true;
    return [0.1, 0.5, 0.97].some((part) => {
      let [x, y] = [left + width * part, top + height / 2];
      let hit = at(rootNode(host), x, y);
      if (!hit || hit === host) return false;
      while (hit.shadowRoot) hit = at(hit.shadowRoot, x, y) ?? {};
      const dialog = hit instanceof Element && closest(hit, "dialog:modal");
      if (dialog) entered(dialog);
      return true;
    });
  }
  /** What an ancestor can still do to an element of the top layer is undone on that ancestor. */
  function uncover() {
    for (let node = parent(host); node; node = parent(node) ?? node.host) {
      if (!(node instanceof HTMLElement)) continue;
      const style = getComputedStyle(node);
      if (style.display === "none") set(node.style, "display", "block", "important");
      set(node.style, "content-visibility", "visible", "important");
      set(node.style, "interactivity", "auto", "important");
      node.inert = false;
    }
  }
  function place() {
    while (dialogs.length && !(connected(dialogs.at(-1)) && matches(dialogs.at(-1), ":modal"))) dialogs.pop();
    const home = dialogs.at(-1) ?? rootOf(document);
    if (parent(host) !== home) append(home, host);
  }
  /** The last one shown is on top, of popovers, dialogs and what is full-screen alike. */
  function raise() {
    const focused = shadow.activeElement;
    const other = view === bar ? pill : bar;
    for (const old of [other, view]) if (matches(old, ":popover-open")) hide(old);
    show(view);
    focused?.focus({ preventScroll: true });
  }
  function keep() {
    if (!rootOf(document)) return; // after document.open(); the first write brings a root
    const sheets = sheetsOf(document);
    if (!sheets.includes(room)) sheets.push(room);
    place();
    const zoom = 1 / (host.currentCSSZoom ?? 1);
    for (const one of [bar, pill]) set(one.style, "zoom", String(zoom));
    if (!matches(view, ":popover-open")) raise();
    if (covered()) {
      uncover();
      place();
      raise();
    }
  }
  function entered(dialog) {
    if (!dialogs.includes(dialog)) dialogs.push(dialog);
  }

  // ---- what wakes it -------------------------------------------------------------------------

  const { showModal } = HTMLDialogElement.prototype;
  HTMLDialogElement.prototype.showModal = function () { // the only news from closed shadow roots
    showModal.call(this);
    entered(this);
    keep();
  };
  const opened = (event) => {
    if (event.target instanceof HTMLDialogElement && event.newState === "open") entered(event.target);
    keep();
    raise();
  };
  // The app never hears of what is done to the bar, so focus traps and routers cannot undo it; all
  // the bar's controls work by themselves, without a listener.
  const shield = (event) => { if (event.target === host) event.stopImmediatePropagation(); };
  const ours = new Set([leave.href, state.console]);
  const go = (event) => { if (ours.has(event.destination.url)) event.stopImmediatePropagation(); };
  function attend() {
    for (const type of ["pointerdown", "pointerup", "mousedown", "mouseup", "click", "auxclick",
      "dblclick", "touchstart", "touchend", "keydown", "keyup", "keypress", "focus", "focusin"])
      listen(window, type, shield, { capture: true, passive: true });
    for (const type of ["toggle", "fullscreenchange"]) listen(document, type, opened, true);
    for (const type of ["DOMContentLoaded", "load", "pageshow"]) listen(window, type, keep, true);
    if (window.navigation) listen(navigation, "navigate", go);
  }
  function tick() {
    tell();
    keep();
    setTimeout(tick, 1000);
  }
  new MutationObserver(keep).observe(document, { childList: true });
  attend();
  tick();
})();
