// Marks the buttons of the app's forms whose requests the gateway would refuse. The gateway says
// which: it decides about a method and a target as it does when they are sent.

const MARK = "data-gateway-refused";
const MARKS = `[${MARK}] { outline: 2px dashed #b07d00 !important; outline-offset: 2px !important; cursor: not-allowed !important; }`;
const QUESTIONS = 50;
const LENGTH = 2000; // characters of one question, and of all of a request: see app/bar_facts.py
const PAUSE = 800;
const KNOWN = 1000;

/** Looks at the forms now and when others come; `again` forgets what was said. */
function marker(state, ask) {
  let known = { __proto__: null }; // a rule, or "", by method and target
  let count = 0;
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
  /** What a button would have the app asked, as HTML says it: `POST /deals/7`; "" for nothing. */
  const asks = (button) => {
    const form = formOf(button);
    if (!form || /^(button|reset)$/i.test(attribute(button, "type") ?? "")) return "";
    const said = (own, its) => attribute(button, own) ?? attribute(form, its) ?? "";
    const method = said("formmethod", "method").toUpperCase();
    if (method === "DIALOG") return "";
    let target;
    try {
      target = new URL(said("formaction", "action") || document.URL, document.baseURI);
    } catch {
      return "";
    }
    if (target.origin !== location.origin) return "";
    return method === "POST" ? `POST ${target.pathname}${target.search}` : `GET ${target.pathname}`;
  };
  const submitters = () =>
    [...all(document, "button, input[type=submit], input[type=image]")]
      .map((button) => [button, asks(button)])
      .filter(([, what]) => what && what.length <= LENGTH);
  const inquire = async (wanted) => {
    while (wanted.length) {
      const batch = [];
      let length = 0;
      while (wanted.length && batch.length < QUESTIONS && (length += wanted[0].length) <= LENGTH)
        batch.push(wanted.shift());
      const answer = await ask(`refused?${new URLSearchParams(batch.map((what) => ["ask", what]))}`);
      if (!answer) return false;
      batch.forEach((what, at) => (known[what] = answer.rules[at]));
      count += batch.length;
    }
    return true;
  };
  const mark = async () => {
    const found = submitters();
    const wanted = [...new Set(found.map(([, what]) => what).filter((what) => !(what in known)))];
    if (count + wanted.length > KNOWN || !(await inquire(wanted))) return;
    for (const [button, what] of found) {
      if (known[what] && !button.hasAttribute(MARK)) put(button, known[what]);
      else if (!known[what]) drop(button);
    }
  };
  const look = async () => {
    try {
      await mark();
    } catch {
      // the page broke what its own scripts need, too: its buttons stay as they are
    }
  };
  const soon = () => {
    clear(timer);
    timer = setTimeout(look, PAUSE);
  };
  const begin = () => {
    begun = true;
    soon();
    observe(new MutationObserver((changes) => {
      for (let at = 0; at < changes.length; at += 1) if (changes[at].addedNodes.length) return soon();
    }), document, { childList: true, subtree: true });
  };
  const again = () => {
    known = { __proto__: null };
    count = 0;
    if (begun) soon();
  };
  return { begin, again };
}
