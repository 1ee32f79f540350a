// What the bar shows: standard, detailed and minimized, and the time that is left. One of the two
// parts of bar.js, which assets.py puts into one function. It runs before any byte of the app's
// markup, and only its own elements later.

/** Draws all views into a closed shadow root. `tell` brings what they say up to date. */
function draw(state, shadow) {
  const { now } = Date;
  const ends = now() + state.left;
  const digits = [];

  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const span = (name, ...children) => make("span", { class: name }, ...children);
  const name = (text) => make("bdi", {}, text);
  const link = (href, text) => make("a", { href, target: "_self" }, text); // <base> has no say
  const clock = () => {
    const at = new Date(ends);
    const text = document.createTextNode("");
    digits.push(text);
    return make(
      "time",
      { class: "left", role: "timer", datetime: at.toISOString(),
        title: `until ${at.toLocaleTimeString()}` },
      make("b", {}, text), span("word", " left"),
    );
  };
  const fact = (title, ...lines) => make(
    "dl", {},
    make("dt", {}, title), ...lines.filter(Boolean).map((line) => make("dd", {}, name(line))),
  );
  // The controls work by themselves, without a listener: see `shield` in keep.js.
  const toggle = (action, ...children) =>
    make("button", { popovertarget: "bar", popovertargetaction: action }, ...children);

  const leave = link(new URL(state.leave, location.origin).href, "Leave");
  const said = make(
    "p", { class: "said" },
    span("who", span("as", span("acting", "Acting "), "as "), make("b", {}, name(state.subject)),
      span("account", " · ", name(state.account))),
    span("mode", state.words), clock(),
  );
  said.firstChild.title = `${state.subject} · ${state.account}`;
  const more = make(
    "details", {}, make("summary", {}, "Details"), make(
      "div", { class: "panel" },
      fact("Acting as", state.subject, state.account),
      fact("You are", state.actor),
      fact("In", state.site),
      fact("Because", state.reason, state.ticket && `Ticket ${state.ticket}`),
      fact("Ends", new Date(ends).toLocaleTimeString([], { timeStyle: "short" }),
        "Every request is on record."),
      toggle("hide", "Minimize"),
    ),
  );
  const bar = make(
    "section",
    { id: "bar", class: `bar ${state.mode}`, popover: "manual",
      "aria-label": `Acting on behalf of ${state.subject}` },
    span("dot"), said, more, toggle("hide", "Minimize"), leave,
  );
  const small = span("who", "as ", make("b", {}, name(state.subject)));
  const pill = make(
    "div", { class: `pill ${state.mode}`, popover: "manual" },
    toggle("show", span("dot"), small, span("mode", state.words), clock()),
  );
  const told = make("p", { class: "told", role: "status" });
  shadow.append(bar, pill, told);

  const pad = (number) => String(number).padStart(2, "0");
  const announced = [[300, "5 minutes left."], [60, "1 minute left."]];
  const tell = () => {
    const left = Math.max(0, Math.ceil((ends - now()) / 1000));
    const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    for (const text of digits) text.data = h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
    for (const view of [bar, pill]) view.classList.toggle("soon", left <= 120);
    while (announced.length && left <= announced[0][0]) told.textContent = announced.shift()[1];
    if (!left && leave.isConnected) end();
  };
  const end = () => {
    const words = "This session has ended. Nothing done here reaches the app any more.";
    said.replaceChildren(span("who", words));
    said.title = words;
    more.remove();
    leave.replaceWith(link(state.console, "Back to the console"));
    small.nextSibling.remove();
    small.nextSibling.remove();
    small.replaceChildren("Session ended");
    for (const view of [bar, pill]) view.classList.replace(state.mode, "ended");
    told.textContent = words;
  };
  return { bar, pill, told, tell, ways: [leave.href, new URL(state.console).href] };
}
