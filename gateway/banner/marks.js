// Marks the buttons of the app's forms whose requests the gateway would refuse. The gateway says
// which: it decides about a method and a target as it does when they are sent.

const MARK = "data-gateway-refused";
const MARKS = `[${MARK}] { outline: 2px dashed #b07d00 !important; outline-offset: 2px !important; cursor: not-allowed !important; }`;
const FORMS = 50;
const PAUSE = 800;

/** Looks at the forms now and when others come; `again` forgets what was said. */
function marker(state, ask) {
  const known = new Map();
  let timer = 0;
  let begun = false;

  const ours = new WeakMap(); // the attributes of each button that are of here

  const put = (button, rule) => {
    const text = gettext("Would be refused while you act for {name}: rule {rule}", { name: state.subject, rule });
    const added = [[MARK, rule], ["title", text], ["aria-description", text]]
      .filter(([name]) => !button.hasAttribute(name));
    for (const [name, value] of added) button.setAttribute(name, value);
    ours.set(button, added.map(([name]) => name));
  };
  const drop = (button) => {
    for (const name of ours.get(button) ?? []) button.removeAttribute(name);
    ours.delete(button);
  };
  const submitters = () => {
    const found = [];
    for (const button of all(document, "form button, form input[type=submit], form input[type=image], button[form]")) {
      const form = formOf(button);
      if (!form || button.type === "button" || button.type === "reset") continue;
      const said = (own, its) => attribute(button, own) ?? attribute(form, its) ?? "";
      const method = (said("formmethod", "method") || "get").toUpperCase();
      if (method === "DIALOG") continue;
      let target;
      try {
        target = new URL(said("formaction", "action"), document.baseURI);
      } catch {
        continue;
      }
      if (target.origin !== location.origin) continue;
      const query = method === "GET" ? "" : target.search;
      found.push([button, `${method} ${target.pathname}${query}`]);
    }
    return found;
  };
  const look = async () => {
    const found = submitters();
    const wanted = [...new Set(found.map(([, what]) => what).filter((what) => !known.has(what)))].slice(0, FORMS);
    if (wanted.length) {
      const query = new URLSearchParams(wanted.map((what) => ["ask", what]));
      const answer = await ask(`refused?${query}`);
      if (!answer) return;
      wanted.forEach((what, at) => known.set(what, answer.rules[at]));
    }
    for (const [button, what] of found) {
      const rule = known.get(what);
      if (rule && !button.hasAttribute(MARK)) put(button, rule);
      else if (!rule) drop(button);
    }
  };
  const soon = () => {
    clear(timer);
    timer = setTimeout(look, PAUSE);
  };
  const begin = () => {
    begun = true;
    soon();
    new MutationObserver((changes) => {
      if (changes.some(({ addedNodes }) => addedNodes.length)) soon();
    }).observe(document, { childList: true, subtree: true });
  };
  const again = () => {
    known.clear();
    if (begun) soon();
  };
  return { begin, again };
}
