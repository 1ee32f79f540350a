// Says which requests of the page the gateway refused: see asked.js.

const MOST = 3;
const STAYS = 10_000;
const TIMES = 3; // so often the same is told; a page that asks for it again and again is not
const TEXTS = 200;

/** `tell` tells of a refused request, in a box that goes away by itself. */
function toaster(shadow, told) {
  const list = make("ul", {});
  const box = make(
    "div", { id: "toast", class: "toast", popover: "manual" },
    make("b", {}, gettext("Not sent to the app")), list, toggle("toast", "hide", gettext("Close")),
  );
  put(shadow, box);
  const often = { __proto__: null }; // how often each text was told
  let texts = 0;
  let shown = []; // of this time
  let timer = 0;

  const open = () => matches(box, ":popover-open");
  const rest = () => {
    clear(timer);
    timer = setTimeout(() => {
      if (matches(box, ":hover, :focus-within")) return rest();
      if (open()) hide(box);
    }, STAYS);
  };
  const lines = () => {
    list.replaceChildren();
    const first = max(0, shown.length - MOST);
    for (let at = first; at < shown.length; at += 1) {
      const { text, times } = shown[at];
      const line = times > 1 ? gettext("{what}, {n} times", { what: text, n: times }) : text;
      put(list, make("li", {}, name(line), often[text] < TIMES ? "" : ` ${gettext("It is not told again on this page.")}`));
    }
    if (first) put(list, make("li", {}, gettext("and {n} more", { n: first })));
  };
  const again = (text) => {
    for (let at = 0; at < shown.length; at += 1)
      if (shown[at].text === text) return shown[at];
    return null;
  };
  const tell = (what, rule) => {
    const text = gettext("{what}: rule {rule}", { what, rule });
    if (!open()) shown = [];
    const known = again(text);
    if (known) {
      known.times += 1;
      return lines();
    }
    if (often[text] >= TIMES || (texts >= TEXTS && !often[text])) return;
    if (!often[text]) texts += 1;
    often[text] = (often[text] ?? 0) + 1;
    shown[shown.length] = { text, times: 1 };
    lines();
    if (!open()) show(box);
    told.textContent = gettext("Not sent to the app: {what}", { what: text });
    rest();
  };
  const restore = () => {
    if (box.parentNode !== shadow) put(shadow, box);
  };
  return { tell, restore };
}
