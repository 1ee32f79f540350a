// The detailed view: whom one acts for, why, what was done so far, and the ways to go on. All that
// changes something leads to the console, whose pages the app's scripts cannot touch.

/** Makes the panel. `fill` takes what the gateway says of the session; until then it says what the
    page knows. `there`: the session's page in the console. */
function panel(state, there) {
  const fact = (title, ...lines) => make("dl", {}, make("dt", {}, title), ...lines);
  const line = (text) => make("dd", {}, name(text));
  const lines = (...texts) => texts.filter(Boolean).map(line);
  const address = (page) => `${there}/${page}?back=${encodeURIComponent(location.href)}`;

  const card = fact(gettext("Acting as"), ...lines(state.subject, state.account));
  const far = fact(gettext("So far"));
  const until = fact(gettext("Ends"));
  const timeline = link(there, gettext("See the timeline"));
  const [raise, extend] = [link(there, ""), link(there, gettext("Extend"))];
  const elsewhere = span("sites");
  const box = make(
    "div", { class: "panel" },
    card,
    fact(gettext("You are"), ...lines(state.actor, gettext("in {site}", { site: state.site }),
      state.workflow && gettext("Only for {workflow}", { workflow: state.workflow }))),
    fact(gettext("Because"), ...lines(state.reason,
      state.ticket && gettext("Ticket {ticket}", { ticket: state.ticket }))),
    far, until,
    make("p", { class: "onward" }, raise, extend, elsewhere, toggle("bar", "hide", gettext("Minimize"))),
  );
  const on_record = make("dd", {}, timeline);
  far.append(...lines(gettext("Every request is on record.")), on_record);

  /** Links name the page to come back to, wherever the app's router has gone meanwhile. */
  const aim = () => {
    raise.href = address("raise");
    extend.href = address("extend");
  };
  const ends = (last, mode) => {
    const minutes = Math.round(state.idle / 60_000);
    until.replaceChildren(
      until.firstChild,
      ...lines(gettext("{time}, or after {minutes} min without use", {
        time: short(last), minutes: minutes || gettext("less than 1") })),
      make("dd", { class: "keys" }, gettext("Alt+Shift+G goes to the bar.")),
    );
    raise.textContent = mode === "read_only" ? gettext("Ask to change") : gettext("Look only again");
    raise.hidden = state.fixed;
    aim();
  };
  const fill = (facts) => {
    const about = [facts.status, facts.groups.join(", ")].filter(Boolean).join(" · ");
    card.replaceChildren(
      card.firstChild,
      ...lines(state.subject, facts.email, about, state.account),
    );
    far.replaceChildren(
      far.firstChild,
      ...lines(
        gettext("Requests: {n}", { n: facts.requests }),
        facts.changes && gettext("Changes: {n}", { n: facts.changes }),
        ...facts.hidden.map(({ label, count }) => gettext("Hidden: {n} {what}", { n: count, what: label })),
        facts.refused && gettext("Refused: {n}", { n: facts.refused }),
      ),
      ...facts.refusals.map(({ what, rule }) => make("dd", { class: "refusal" }, name(what), " ", make("i", {}, rule))),
      ...(facts.complete ? [] : lines(gettext("These are of the beginning; the timeline has all."))),
      on_record,
    );
    elsewhere.replaceChildren(...facts.sites.map(({ label, href }) =>
      link(href, gettext("Act in {site}", { site: label }))));
  };
  return { box, fill, ends, aim, address };
}
