// Says which requests of the page the gateway refused. Their answers carry the rule in a
// Server-Timing field, which the page's policies have no say in and no fetch is needed for.

const ENTRY = "gateway-refused";
const MOST = 3;
const STAYS = 10_000;

/** Gives a function that tells of a refused request, in a box that goes away by itself. */
function toaster(shadow, told) {
  const list = make("ul");
  const box = make(
    "div", { id: "toast", class: "toast", popover: "manual" },
    make("b", {}, gettext("Not sent to the app")), list, toggle("toast", "hide", gettext("Close")),
  );
  shadow.append(box);
  let refused = [];
  let timer = 0;

  const rest = () => {
    clear(timer);
    timer = setTimeout(() => {
      if (matches(box, ":hover, :focus-within")) return rest();
      refused = [];
      if (matches(box, ":popover-open")) hide(box);
    }, STAYS);
  };
  return (what, rule) => {
    if (!matches(box, ":popover-open")) refused = [];
    refused.push(gettext("{what}: rule {rule}", { what, rule }));
    const more = refused.length - MOST;
    list.replaceChildren(
      ...refused.slice(-MOST).map((text) => make("li", {}, name(text))),
      ...(more > 0 ? [make("li", {}, gettext("and {n} more", { n: more }))] : []),
    );
    if (!matches(box, ":popover-open")) show(box);
    told.textContent = gettext("Not sent to the app: {what}", { what: refused.at(-1) });
    rest();
  };
}
