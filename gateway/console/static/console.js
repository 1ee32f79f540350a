// Makes the pages quicker; everything here also works without it.
"use strict";

// Times left go on by themselves, to the minute and in the last minute to the second. They follow
// the server's clock, whatever this machine's says.
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
function left(ms) {
  const seconds = Math.floor(ms / 1000);
  if (ms <= 0) return "over";
  if (seconds < 60) return `${seconds} s left`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}
const times = [...document.querySelectorAll("time.left")];
const began = Number(document.querySelector(".sessions")?.dataset.now) - performance.now();
function tick() {
  for (const time of times) {
    const text = left(Date.parse(time.dateTime) - began - performance.now());
    if (time.textContent !== text) time.textContent = text;
  }
}
for (const time of times) time.title = `Ends at ${clock.format(new Date(time.dateTime))}`;
if (times.length) setInterval(tick, 1000);

// People are found while typing. The last answer that was asked for is the one that is shown.
const finder = document.querySelector("form.finder");
if (finder) {
  const text = finder.elements.q;
  const count = document.querySelector(".count");
  const list = document.querySelector("ul.people");
  let waiting = 0;
  let asked = null;

  const piece = (name, words) => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = words;
    return span;
  };
  const row = (user, site) => {
    const link = document.createElement("a");
    link.className = "person";
    link.href = `${list.dataset.start}?${new URLSearchParams({ site, subject: user.id })}`;
    const about = [user.account_name];
    if (user.status !== "active") about.push(user.status_words);
    if (user.protected) about.push("protected");
    link.append(piece("name", user.name), " ", piece("soft", user.email), " ", piece("soft", about.join(" · ")));
    const item = document.createElement("li");
    item.append(link);
    return item;
  };
  const say = (words) => {
    if (count.textContent !== words) count.textContent = words;
  };
  const found = (number, more, words) => {
    if (more) return `The first ${number} people found; write more to find fewer.`;
    if (number) return `${number} ${number === 1 ? "person" : "people"} found.`;
    return `Nobody found for “${words}”.`;
  };

  const find = async () => {
    const words = text.value.trim();
    const site = finder.elements.site.value;
    const query = new URLSearchParams({ site, q: words });
    history.replaceState(null, "", words ? `?${query}` : location.pathname);
    asked?.abort();
    if (!words) {
      list.replaceChildren();
      say("");
      return;
    }
    asked = new AbortController();
    try {
      const answer = await fetch(`${finder.dataset.users}?${query}`, { signal: asked.signal });
      const body = await answer.json();
      if (!answer.ok) {
        list.replaceChildren();
        say(`${body.title}: ${body.detail}`);
        return;
      }
      list.replaceChildren(...body.users.map((user) => row(user, site)));
      say(found(body.users.length, body.more, words));
    } catch (error) {
      if (error.name !== "AbortError") say("The gateway did not answer. Press Find to try again.");
    }
  };

  finder.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(find, 150);
  });

  // The arrow keys go from the field into the list and through it; Tab does as ever.
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [text, ...list.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement);
    if (!step || at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = stops[at + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}
