// The detailed view: whom one acts for, why, what was done so far, and the ways to go on. All that
// changes something leads to the console, whose pages the app's scripts cannot touch.

const fact = (title, lines) => make("dl", {}, make("dt", {}, title), lines);
const line = (text) => (text ? make("dd", {}, name(text)) : "");

/** Makes the panel. `fill` takes what the gateway says of the session; until then it says what the
    page knows. `there`: the session's page in the console. */
function panel(state, there) {
  const address = (page) => `${there}/${page}?back=${encodeURIComponent(location.href)}`;

  const card = fact(gettext("Acting as"), [line(state.subject), line(state.account)]);
  const far = fact(gettext("So far"), [line(gettext("Every request is on record."))]);
  const until = fact(gettext("Ends"));
  const timeline = make("dd", {}, link(there, gettext("See the timeline")));
  const raise = link(there, "");
  const extend = link(there, gettext("Extend"), "_blank");
  const elsewhere = span("sites");
  put(far, timeline);
  const box = make(
    "div", { class: "panel" },
    card,
    fact(gettext("You are"), [line(state.actor), line(gettext("in {site}", { site: state.site })),
      line(state.workflow && gettext("Only for {workflow}", { workflow: state.workflow }))]),
    fact(gettext("Because"), [line(state.reason),
      line(state.ticket && gettext("Ticket {ticket}", { ticket: state.ticket }))]),
    far, until,
    make("p", { class: "onward" }, raise, extend, elsewhere, toggle("bar", "hide", gettext("Minimize"))),
  );

  /** Links name the page to come back to, wherever the app's router has gone meanwhile. */
  const aim = () => {
    raise.href = address("raise");
    extend.href = address("extend");
  };
  const ends = (last, mode) => {
    const minutes = round(state.idle / 60_000);
    strip(until);
    put(until, [
      line(gettext("{time}, or after {minutes} min without use", {
        time: short(last), minutes: minutes || gettext("less than 1") })),
      make("dd", { class: "keys" }, gettext("Alt+Shift+G goes to the bar.")),
    ]);
    raise.textContent = mode === "read_only" ? gettext("Ask to change") : gettext("Look only again");
    raise.hidden = state.fixed;
    aim();
  };
  const counted = (lines) => {
    for (let at = 0; at < lines.length; at += 1) put(far, line(lines[at]));
  };
  const fill = (facts) => {
    strip(card);
    put(card, [line(state.subject), line(facts.email),
      line(joined([facts.status, joined(facts.groups, ", ")], " · ")), line(state.account)]);
    strip(far);
    counted([gettext("Requests: {n}", { n: facts.requests }),
      facts.changes && gettext("Changes: {n}", { n: facts.changes })]);
    for (let at = 0; at < facts.hidden.length; at += 1)
      put(far, line(gettext("Hidden: {n} {what}", { n: facts.hidden[at].count, what: facts.hidden[at].label })));
    put(far, line(facts.refused && gettext("Refused: {n}", { n: facts.refused })));
    for (let at = 0; at < facts.refusals.length; at += 1) put(far, refusal(facts.refusals[at]));
    put(far, [line(!facts.complete && gettext("These are of the beginning; the timeline has all.")), timeline]);
    elsewhere.replaceChildren();
    for (let at = 0; at < facts.sites.length; at += 1)
      put(elsewhere, link(facts.sites[at].href, gettext("Act in {site}", { site: facts.sites[at].label })));
  };
  const refusal = ({ at, what, rule }) =>
    make("dd", { class: "refusal" }, `${short(at)} `, name(what), " ", make("i", {}, rule));
  return { box, fill, ends, aim, address };
}
