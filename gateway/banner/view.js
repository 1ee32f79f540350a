// What the bar shows: standard, detailed and minimized, and the time that is left. It runs before
// any byte of the app's markup, and only its own elements later.

/** Draws all views into a closed shadow root. `tell` brings what they say up to date; `used` puts
    the idle end off, and `learn` takes what is new of the session; `changed` hears of another mode.
    What counts down is the end that comes first; `tell` says whether two minutes of it are left from
    now on. */
function draw(state, shadow, changed) {
  let last = 0; // the end
  let falls = Infinity; // when what was raised looks only again
  let ends = 0;
  let mode = "";
  let soon = false;
  let over = false;

  /** What both views show: the mode and the clock. */
  const face = () => {
    const mode = textNode();
    const digits = textNode();
    const note = textNode();
    const time = make("time", { class: "left", role: "timer" }, make("b", {}, digits), span("word", note));
    return { mode, digits, note, time, word: span("mode", mode) };
  };
  const long = face();
  const brief = face();
  const both = (act) => {
    act(long);
    act(brief);
  };

  const leave = link(new URL(state.leave, location.origin).href, gettext("Leave"));
  const desk = state.desk ?? state.console;
  const there = `${desk}sessions/${state.session}`;
  const extend = link(there, gettext("Extend"), "_blank"); // what was typed here stays
  extend.hidden = true;
  const who = span(
    "who", span("as", span("acting", gettext("Acting"), " "), gettext("as"), " "),
    make("b", {}, name(state.subject)), span("account", " · ", name(state.account)),
    state.workflow && span("workflow", " · ", name(state.workflow)),
  );
  who.title = joined([state.subject, state.account, state.workflow], " · ");
  const said = make("p", { class: "said" }, who, long.word, long.time);
  const details = panel(state, there);
  const summary = make("summary", {}, gettext("Details"));
  const more = make("details", {}, summary, details.box);
  const minimize = toggle("bar", "hide", gettext("Minimize"));
  const bar = make(
    "section",
    { id: "bar", popover: "manual",
      "aria-label": gettext("Acting on behalf of {name}", { name: state.subject }) },
    span("dot"), said, extend, more, minimize, leave,
  );
  const small = span("who", gettext("as"), " ", make("b", {}, name(state.subject)));
  const grow = toggle("bar", "show", span("dot"), small, brief.word, brief.time);
  const pill = make("div", { popover: "manual" }, grow);
  const told = make("p", { class: "told", role: "status" });
  const parts = [bar, pill, told];
  const dress = () => {
    const more = ` ${over ? "ended" : mode}${soon ? " soon" : ""}`;
    bar.className = `bar${more}`;
    pill.className = `pill${more}`;
  };
  put(shadow, parts);

  const used = () => {
    ends = min(last, now() + state.idle);
    const at = new Date(ends);
    const until = { time: timeOf(at) };
    both(({ time }) => {
      time.dateTime = isoOf(at);
      time.title = ends < last
        ? gettext("until {time}, later if it is used", until) : gettext("until {time}", until);
    });
  };
  /** How it stands: the mode, until when, and the end. */
  const learn = (news) => {
    if (over) return;
    last = now() + news.left;
    falls = news.raised === undefined ? Infinity : now() + news.raised;
    const text = falls === Infinity ? news.words
      : gettext("{mode} until {time}", { mode: news.words, time: short(falls) });
    if (long.mode.data && long.mode.data !== text) told.textContent = text;
    both((face) => {
      face.mode.data = text;
    });
    const other = mode !== news.mode;
    mode = news.mode;
    dress();
    if (other) changed();
    state.lowered = news.lowered;
    details.ends(last, news.mode);
    used();
  };
  /** Whether somebody else's news of the session are other than what is shown. */
  const differs = (news) =>
    news.mode !== mode || abs(now() + news.left - last) > 2000 || (news.raised === undefined) !== (falls === Infinity);
  learn(state);

  const announced = [
    { left: 300, text: gettext("5 minutes left.") },
    { left: 120, text: gettext("2 minutes left.") },
    { left: 60, text: gettext("1 minute left.") },
  ];
  const fall = () => {
    learn({ ...state, left: last - now(), raised: undefined, mode: "read_only", words: state.lowered });
    told.textContent = gettext("Changes are over: {mode}.", { mode: state.lowered });
  };
  let before = 0;
  const tell = () => {
    if (over) return;
    const left = max(0, ceil((ends - now()) / 1000));
    const idle = ends < last;
    const hours = floor(left / 3600);
    const minutes = floor(left / 60) % 60;
    const seconds = pad(left % 60);
    soon = left <= 120;
    dress();
    both(({ digits, note }) => {
      digits.data = hours ? `${hours}:${pad(minutes)}:${seconds}` : `${minutes}:${seconds}`;
      note.data = ` ${soon && idle ? gettext("left, unless it is used") : gettext("left")}`;
    });
    extend.hidden = !soon || idle;
    extend.href = details.address("extend");
    if (left > before) told.textContent = ""; // it was used: what was told is told again
    for (let at = 0; at < announced.length; at += 1) {
      const { left: mark, text } = announced[at];
      if (left <= mark && mark < before)
        told.textContent = idle ? `${text} ${gettext("Unless it is used, this session ends then.")}` : text;
    }
    const warns = soon && !idle && before > 120;
    if (now() >= falls) fall();
    before = left;
    if (!left) end();
    return warns;
  };
  /** Says that it is over: its time has passed, or somebody ended it. */
  const end = () => {
    over = true;
    const text = gettext("This session has ended. Nothing done here reaches the app any more.");
    said.replaceChildren(span("who", text));
    said.title = text;
    more.remove();
    extend.remove();
    leave.replaceWith(link(state.console, state.desk
      ? gettext("Back to where you came from") : gettext("Back to the console")));
    brief.word.remove();
    brief.time.remove();
    small.replaceChildren(gettext("Session ended"));
    dress();
    told.textContent = text;
  };
  const home = new URL(state.console).href;
  const ways = (url) => url === leave.href || url === home || startsWith(url, desk);
  /** What was taken out of the bar is put back; it is itself again. */
  const restore = () => {
    for (let at = 0; at < parts.length; at += 1)
      if (parts[at].parentNode !== shadow) put(shadow, parts[at]);
  };
  /** Where the keyboard goes that is called to the view. */
  const first = (view) => (view === pill ? grow : over ? minimize : summary);
  return { bar, pill, told, more, summary, leave, details, tell, used, learn, end, differs, ways, restore, first };
}
