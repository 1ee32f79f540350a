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

/** Has the page wear a style sheet, whatever it wears beside. */
function wear(sheet) {
  const sheets = sheetsOf(document);
  for (let at = 0; at < sheets.length; at += 1) if (sheets[at] === sheet) return;
  sheets[sheets.length] = sheet;
}

/** Draws the bar of the session into this page. `others` are its other pages and its frames. */
function start(state, prefix, ask, others) {
  class Bar extends HTMLElement {
    static disabledFeatures = ["internals"]; // attachInternals() would hand out the closed root
    disconnectedCallback() {
      attend(); // document.open() has just dropped every listener, of the bar's parts, too
      queueMicrotask(keep);
    }
  }
  customElements.define("gateway-bar", Bar);
  const host = new Bar();
  const shadow = setPrototypeOf(host.attachShadow({ mode: "closed" }), ROOT);
  const marking = marker(state, ask);
  const drawn = draw(state, shadow, marking.again);
  const { bar, pill, told, more, details, tell, used, learn, end, differs, restore, first } = drawn;
  const toast = toaster(shadow, told);
  const tab = tabbed(state, prefix);
  const printed = gettext("Acting as {name} · {account} · printed by {actor}", {
    name: state.subject, account: state.account, actor: state.actor });
  const room = sheet(`${"@PAGE_CSS@"} @page { @bottom-left {
    font: 9pt system-ui; white-space: nowrap; content: "${CSS.escape(printed)}" } }`);
  shadow.adoptedStyleSheets = [sheet("@BAR_CSS@")];

  let view = memory("view") === "pill" ? pill : bar;
  more.open = memory("view") === "details";
  const shown = () => view;
  const layer = layered(host, shadow, [bar, pill], shown, told, () => {
    restore();
    toast.restore();
  });
  const corner = cornered(pill, host, memory("corner"), (where) => memory("corner", where));
  const call = () => first(view).focus({ preventScroll: true });
  const hands = handled(host, shadow, drawn, shown, call, corner);

  function keep() {
    if (!rootOf(document)) return; // after document.open(); the first write brings a root
    wear(room);
    wear(marks);
    layer.keep();
  }
  const opened = (event) => {
    const target = targetOf(event);
    const state = newStateOf(event);
    if (openOf(target) !== undefined) return; // a <details>
    if (state === "open" && matches(target, "dialog:modal")) layer.entered(target);
    keep();
    layer.raise();
  };
  HTMLDialogElement.prototype.showModal = function () { // the only news from closed shadow roots
    showModal(this);
    layer.entered(this);
    keep();
  };
  let informing = 0; // questions: the one that is asked, and one more for what came meanwhile
  /** Takes what the gateway says of the session, and of nobody else: the page may say anything. */
  const inform = async () => {
    if (informing) {
      informing = 2;
      return;
    }
    do {
      informing = 1;
      const facts = await ask("");
      if (facts?.code === "no_session") return end(); // and nobody needs to ask again
      if (facts?.now) {
        details.fill(facts);
        learn(facts.now);
      }
    } while (informing > 1);
    informing = 0;
  };
  const refused = (what, rule) => {
    toast.tell(what, rule);
    if (more.open) inform();
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
    hands();
    bar.addEventListener("toggle", turned);
    more.addEventListener("toggle", unfolded);
    listen(document, "toggle", opened, true);
    listen(document, "fullscreenchange", opened, true);
    listen(document, "visibilitychange", inform);
    listen(window, "load", loaded, { once: true });
    listen(window, "pageshow", keep, true);
    listen(window, "focus", inform); // meanwhile it may have ended, in the console or another tab
    listen(window, "resize", corner.rest, true);
    listen(window, "DOMContentLoaded", last, true);
  }
  const turned = (event) => { // by Minimize, or by the pill
    if ((view === bar) === (newStateOf(event) === "open")) return;
    view = view === bar ? pill : bar;
    memory("view", view === pill ? "pill" : "bar");
    layer.raise();
    corner.rest();
    call();
  };
  /** Near the end the bar is there with the way to extend; the keyboard stays where it is. */
  const grown = () => {
    view = bar;
    layer.raise();
  };
  const unfolded = () => {
    if (view === bar) memory("view", more.open ? "details" : "bar");
    details.aim();
    if (more.open) inform();
  };
  function tick() {
    setTimeout(tick, 1000);
    keep();
    if (tell() && view === pill) grown();
    tab();
  }
  // Whatever this page, its frames or another tab of the session asks the app for is use of it.
  others.onmessage = (event) => {
    const said = dataOf(event);
    if (said === "used") used();
    else if (said?.refused && said.tab === page) refused(`${said.refused}`, `${said.rule}`);
    else if (said?.session === state.session && differs(said)) inform();
  };
  watched(prefix, refused, () => {
    used();
    post(others, "used");
  });
  const page = pageOf(window);
  const { session, left, raised, mode } = state;
  post(others, { session, left, raised, mode });
  observe(new MutationObserver(keep), document, { childList: true });
  attend();
  tick();
}

/** A frame of the session's own page is under that page's bar, and tells it what was refused. */
function within(state, prefix, ask, others) {
  const marking = marker(state, ask);
  wear(marks);
  listen(window, "load", marking.begin, { once: true });
  const tab = pageOf(window.top);
  watched(prefix, (refused, rule) => post(others, { refused, rule, tab }), () => post(others, "used"));
}

const script = document.currentScript;
const plain = script.previousElementSibling;
const state = JSON.parse(script.dataset.state);
script.remove();
const first = ownCookies(state);
if (state.beacons) silence(state.beacons);
const prefix = state.leave.replace(/leave$/, "");
const ask = async (what) => {
  try {
    const answer = await fetch(`${location.origin}${prefix}session${what ? "/" : ""}${what}`, { cache: "no-store" });
    return okOf(answer) || !what ? await json(answer) : null;
  } catch {
    return null; // a policy of the page's forbids it, or the session is over
  }
};
/** When the page was opened, which tells it from those in other tabs. */
const pageOf = (window) => window.performance.timeOrigin;
const marks = sheet(MARKS);
const others = new BroadcastChannel("gateway-bar");
// In anybody else's page a frame needs a bar of its own.
const above = location.ancestorOrigins;
const framed = window.top !== window && (above?.[above.length - 1] ?? location.origin) === location.origin;
// Where the app wrote one of its own pages into its window, the first bar is still at work.
if (first) (framed ? within : start)(state, prefix, ask, others);
plain.remove(); // the plain bar goes last: it is for where no script runs, or this one fails
