// What the bar shows: standard, detailed and minimized, and the time that is left. It runs before
// any byte of the app's markup, and only its own elements later.

const make = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
const span = (name, ...children) => make("span", { class: name }, ...children);
const name = (text) => make("bdi", {}, text);
const link = (href, text) => make("a", { href, target: "_self" }, text); // <base> has no say
/** A button that works by itself, without a listener: see `shield` in keep.js. */
const toggle = (target, action, ...children) =>
  make("button", { popovertarget: target, popovertargetaction: action }, ...children);
const short = (time) => new Date(time).toLocaleTimeString([], { timeStyle: "short" });
const pad = (number) => String(number).padStart(2, "0");

/** Draws all views into a closed shadow root. `tell` brings what they say up to date; `used` puts
    the idle end off, and `learn` takes what is new of the session; `changed` hears of another mode.
    What counts down is the end that comes first. */
function draw(state, shadow, changed) {
  const { now } = Date;
  let [last, falls] = [0, Infinity]; // the end, and when what was raised looks only again
  let ends = 0;
  const digits = [];
  const clocks = [];
  const notes = [];
  const modes = [];

  const clock = () => {
    const [text, note] = [document.createTextNode(""), document.createTextNode("")];
    const made = make("time", { class: "left", role: "timer" }, make("b", {}, text), span("word", note));
    digits.push(text);
    notes.push(note);
    clocks.push(made);
    return made;
  };
  const mode = () => {
    const text = document.createTextNode("");
    modes.push(text);
    return span("mode", text);
  };

  const leave = link(new URL(state.leave, location.origin).href, gettext("Leave"));
  const desk = state.desk ?? state.console;
  const there = `${desk}sessions/${state.session}`;
  const extend = link(there, gettext("Extend"));
  extend.hidden = true;
  const said = make(
    "p", { class: "said" },
    span("who", span("as", span("acting", gettext("Acting"), " "), gettext("as"), " "),
      make("b", {}, name(state.subject)), span("account", " · ", name(state.account)),
      ...(state.workflow ? [span("workflow", " · ", name(state.workflow))] : [])),
    mode(), clock(),
  );
  said.firstChild.title = [state.subject, state.account, state.workflow].filter(Boolean).join(" · ");
  const details = panel(state, there);
  const more = make("details", {}, make("summary", {}, gettext("Details")), details.box);
  const bar = make(
    "section",
    { id: "bar", class: "bar", popover: "manual",
      "aria-label": gettext("Acting on behalf of {name}", { name: state.subject }) },
    span("dot"), said, extend, more, toggle("bar", "hide", gettext("Minimize")), leave,
  );
  const small = span("who", gettext("as"), " ", make("b", {}, name(state.subject)));
  const pill = make(
    "div", { class: "pill", popover: "manual" },
    toggle("bar", "show", span("dot"), small, mode(), clock()),
  );
  const told = make("p", { class: "told", role: "status" });
  shadow.append(bar, pill, told);

  const used = () => {
    ends = Math.min(last, now() + state.idle);
    const at = new Date(ends);
    const time = at.toLocaleTimeString();
    for (const each of clocks) {
      each.dateTime = at.toISOString();
      each.title = ends < last
        ? gettext("until {time}, later if it is used", { time }) : gettext("until {time}", { time });
    }
  };
  /** How it stands: the mode, until when, and the end. */
  const learn = (news) => {
    [last, falls] = [now() + news.left, news.raised === undefined ? Infinity : now() + news.raised];
    const text = falls === Infinity ? news.words
      : gettext("{mode} until {time}", { mode: news.words, time: short(falls) });
    const other = !bar.classList.contains(news.mode);
    for (const each of modes) {
      if (each.data && each.data !== text) told.textContent = text;
      each.data = text;
    }
    for (const view of [bar, pill]) {
      view.classList.remove("read_only", "read_write");
      view.classList.add(news.mode);
    }
    if (other) changed();
    state.lowered = news.lowered;
    details.ends(last, news.mode);
    used();
  };
  learn(state);

  const announced = [
    [300, gettext("5 minutes left.")], [120, gettext("2 minutes left.")], [60, gettext("1 minute left.")],
  ];
  const fall = () => {
    learn({ ...state, left: last - now(), raised: undefined, mode: "read_only", words: state.lowered });
    told.textContent = gettext("Changes are over: {mode}.", { mode: state.lowered });
  };
  let before = 0;
  const tell = () => {
    const left = Math.max(0, Math.ceil((ends - now()) / 1000));
    const [soon, idle] = [left <= 120, ends < last];
    const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    for (const text of digits) text.data = h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
    for (const note of notes)
      note.data = ` ${soon && idle ? gettext("left, unless it is used") : gettext("left")}`;
    for (const view of [bar, pill]) view.classList.toggle("soon", soon);
    extend.hidden = !soon || idle;
    extend.href = details.address("extend");
    if (left > before) told.textContent = ""; // it was used: what was told is told again
    for (const [mark, text] of announced)
      if (left <= mark && mark < before)
        told.textContent = idle ? `${text} ${gettext("Unless it is used, this session ends then.")}` : text;
    if (now() >= falls) fall();
    before = left;
    if (!left && leave.isConnected) end();
  };
  const end = () => {
    const text = gettext("This session has ended. Nothing done here reaches the app any more.");
    said.replaceChildren(span("who", text));
    said.title = text;
    more.remove();
    extend.remove();
    leave.replaceWith(link(state.console, state.desk
      ? gettext("Back to where you came from") : gettext("Back to the console")));
    small.nextSibling.remove();
    small.nextSibling.remove();
    small.replaceChildren(gettext("Session ended"));
    for (const { classList } of [bar, pill]) {
      classList.remove("read_only", "read_write");
      classList.add("ended");
    }
    told.textContent = text;
  };
  const ways = (url) => [leave.href, new URL(state.console).href].includes(url) || url.startsWith(desk);
  return { bar, pill, told, more, leave, details, tell, used, learn, ways };
}
