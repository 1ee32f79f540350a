/** Puts one link to the console's start page into the app's page about one user. */
const config = "@ACT@";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  a { display: inline-block; margin: 0 8px; padding: 5px 12px; border-radius: 6px;
    font: 500 14px/20px system-ui, sans-serif; text-decoration: none; white-space: nowrap;
    color: #fff; background: #1f3a5f; border: 1px solid #1f3a5f;
    color: light-dark(#fff, #10243d); background: light-dark(#1f3a5f, #b9d4f5);
    border-color: light-dark(#1f3a5f, #b9d4f5); }
  a:hover { text-decoration: underline; }
  a:focus-visible { outline: 2px solid #fff; box-shadow: 0 0 0 5px #1f3a5f; }
  @media print { a { display: none; } }
`);
const where = {
  before: "beforebegin", after: "afterend", inside_start: "afterbegin", inside_end: "beforeend",
};
const places = config.places.map((place) => ({ ...place, path: new RegExp(`^${place.source}$`) }));
const host = document.createElement("span");
const link = document.createElement("a");
link.textContent = config.text;
const root = host.attachShadow({ mode: "closed" });
root.adoptedStyleSheets = [sheet];
root.append(link);

/** The place and the user of the page as it is now; null for a page about nobody. */
function here() {
  for (const place of places) {
    const found = place.path.exec(location.pathname);
    if (found === null) continue;
    try {
      return { place, subject: decodeURIComponent(found[1]) };
    } catch {
      return null;
    }
  }
  return null;
}

function show() {
  const now = here();
  const target = now && document.querySelector(now.place.selector);
  if (!target) {
    if (host.isConnected) host.remove();
    return;
  }
  const asked = new URLSearchParams({
    site: config.site, [now.place.by]: now.subject, return_to: location.href.split("#")[0],
  });
  const href = `${config.start}?${asked}`;
  if (link.href !== href) link.href = href;
  const named = config.named.replace("%(id)s", () => now.subject);
  if (link.ariaLabel !== named) link.ariaLabel = named;
  const side = where[now.place.position];
  const stands = {
    beforebegin: () => target.previousSibling === host,
    afterend: () => target.nextSibling === host,
    afterbegin: () => target.firstChild === host,
    beforeend: () => target.lastChild === host,
  }[side]();
  if (!stands && spend()) target.insertAdjacentElement(side, host);
}

// An app that takes the button away again and again gets it back once a second, not in a loop.
const most = 20;
let left = most;
let since = performance.now();
function spend() {
  const now = performance.now();
  left = Math.min(most, left + (now - since) / 1000);
  since = now;
  if (left < 1) {
    setTimeout(soon, 1000);
    return false;
  }
  left -= 1;
  return true;
}

let asked = false;
function soon() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    show();
  });
}
new MutationObserver(soon).observe(document, { childList: true, subtree: true });
addEventListener("popstate", soon);
globalThis.navigation?.addEventListener("currententrychange", soon);
show();
