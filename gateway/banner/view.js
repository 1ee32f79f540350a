// What the bar shows: standard, detailed and minimized, and the time that is left. One of the
// parts of bar.js, which assets.py puts into one function. It runs before any byte of the app's
// markup, and only its own elements later.

/** Draws all views into a closed shadow root. `tell` brings what they say up to date; `used` puts
    the idle end off. What counts down is the end that comes first. */
function draw(state, shadow) {
  const { now } = Date;
  const last = now() + state.left;
  let ends = last;
  const digits = [];
  const clocks = [];
  const notes = [];

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
    const [text, note] = [document.createTextNode(""), document.createTextNode("")];
    const made = make("time", { class: "left", role: "timer" }, make("b", {}, text), span("word", note));
    digits.push(text);
    notes.push(note);
    clocks.push(made);
    return made;
  };
  // What was raised for some minutes says until when, and falls back by itself.
  const falls = state.raised === undefined ? Infinity : now() + state.raised;
  const short = (time) => new Date(time).toLocaleTimeString([], { timeStyle: "short" });
  const modes = [];
  const mode = () => {
    const words = falls === Infinity ? state.words : `${state.words} until ${short(falls)}`;
    const text = document.createTextNode(words);
    modes.push(text);
    return span("mode", text);
  };
  const idle = `${Math.round(state.idle / 60_000) || "less than 1"} min without use`;
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
      span("account", " · ", name(state.account)),
      ...(state.workflow ? [span("workflow", " · ", name(state.workflow))] : [])),
    mode(), clock(),
  );
  said.firstChild.title = [state.subject, state.account, state.workflow].filter(Boolean).join(" · ");
  const more = make(
    "details", {}, make("summary", {}, "Details"), make(
      "div", { class: "panel" },
      fact("Acting as", state.subject, state.account),
      fact("You are", state.actor),
      fact("In", state.site, state.workflow && `Only for ${state.workflow}`),
      fact("Because", state.reason, state.ticket && `Ticket ${state.ticket}`),
      fact("Ends", `${short(last)}, or after ${idle}`,
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
    toggle("show", span("dot"), small, mode(), clock()),
  );
  const told = make("p", { class: "told", role: "status" });
  shadow.append(bar, pill, told);

  const pad = (number) => String(number).padStart(2, "0");
  const used = () => {
    ends = Math.min(last, now() + state.idle);
    const at = new Date(ends);
    for (const each of clocks) {
      each.dateTime = at.toISOString();
      each.title = `until ${at.toLocaleTimeString()}${ends < last ? ", later if it is used" : ""}`;
    }
  };
  used();
  const announced = [[300, "5 minutes left."], [60, "1 minute left."]];
  const fall = () => {
    for (const text of modes) text.data = state.lowered;
    for (const view of [bar, pill]) view.classList.replace("read_write", "read_only");
    told.textContent = `Changes are over: ${state.lowered}.`;
  };
  let before = 0;
  const tell = () => {
    const left = Math.max(0, Math.ceil((ends - now()) / 1000));
    const soon = left <= 120;
    const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    for (const text of digits) text.data = h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
    for (const note of notes) note.data = soon && ends < last ? " left, unless it is used" : " left";
    for (const view of [bar, pill]) view.classList.toggle("soon", soon);
    if (left > before) told.textContent = ""; // it was used: what was told is told again
    for (const [mark, words] of announced)
      if (left <= mark && mark < before)
        told.textContent = ends < last ? `${words} Unless it is used, this session ends then.` : words;
    if (now() >= falls && bar.classList.contains("read_write")) fall();
    before = left;
    if (!left && leave.isConnected) end();
  };
  const end = () => {
    const words = "This session has ended. Nothing done here reaches the app any more.";
    said.replaceChildren(span("who", words));
    said.title = words;
    more.remove();
    leave.replaceWith(link(state.console, state.elsewhere ? "Back to where you came from" : "Back to the console"));
    small.nextSibling.remove();
    small.nextSibling.remove();
    small.replaceChildren("Session ended");
    for (const { classList } of [bar, pill]) {
      classList.remove("read_only", "read_write");
      classList.add("ended");
    }
    told.textContent = words;
  };
  return { bar, pill, told, tell, used, ways: [leave.href, new URL(state.console).href] };
}
