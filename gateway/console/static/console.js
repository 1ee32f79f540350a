// Makes the pages quicker; everything here also works without it.
"use strict";

// Pages come from the gateway alone (connect-src), and hold no scripts of their own (script-src):
// so their HTML is trusted, and nothing else is made from text.
const policy = window.trustedTypes?.createPolicy("console", { createHTML: (html) => html });
const never = () => {
  throw new Error("no script is made from text");
};
htmx.registerExtension("console", {
  init: (inside) => inside.initSecurity(policy && { createHTML: policy.createHTML.bind(policy), createScript: never }, never, never),
});

// Whoever was signed out meanwhile is sent to sign in, and comes back here.
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (raw.status === 401 || (raw.redirected && new URL(raw.url).pathname.endsWith("/sign-in"))) {
    event.preventDefault();
    location.reload();
  }
});

// Times are the viewer's: in their zone, and relative where that says more. They follow the
// server's clock, whatever this machine's says.
const lang = document.documentElement.lang;
const full = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(lang, { timeStyle: "short" });
const second = new Intl.DateTimeFormat(lang, { timeStyle: "medium" });
const since = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
const short = (unit) => new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "short" });
const [inSeconds, inMinutes, inHours] = ["second", "minute", "hour"].map(short);
const served = Number(document.body.dataset.now) || Date.now();
const ahead = served - performance.now();
const now = () => ahead + performance.now();

function left(time, ms) {
  if (ms <= 0) return time.dataset.over;
  const minutes = Math.floor(ms / 60_000);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const long = hours ? `${inHours.format(hours)} ${inMinutes.format(rest)}`
    : minutes ? inMinutes.format(minutes) : inSeconds.format(Math.floor(ms / 1000));
  return time.dataset.left.replace("{}", long);
}
function ago(at, ms) {
  const minutes = Math.round(ms / 60_000);
  if (Math.abs(minutes) < 60) return since.format(-minutes, "minute");
  const hours = Math.round(minutes / 60);
  return hours < 24 ? since.format(-hours, "hour") : full.format(at);
}
function tell() {
  for (const time of document.querySelectorAll("time[class]")) {
    const at = new Date(time.dateTime);
    const ms = now() - at;
    const says = { left: () => left(time, -ms), ago: () => ago(at, ms), day: () => day.format(at), second: () => second.format(at), at: () => full.format(at) };
    const text = says[time.className]?.();
    if (text === undefined || time.textContent === text) continue;
    time.textContent = text;
    time.title = time.className === "at" ? at.toISOString() : full.format(at);
  }
}

// A text is copied by a button beside it.
function ready() {
  tell();
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
}
document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.parentElement.querySelector("[data-text]").textContent);
  button.firstChild.data = button.dataset.done;
});

// The arrow keys go from a search field into what it found and through it; Tab does as ever.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  const stops = [...document.querySelectorAll("[data-stops] input[type=search], [data-stops] [data-stop]")];
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (!stops.includes(document.activeElement) || !next) return;
  event.preventDefault();
  next.focus();
});

ready();
document.addEventListener("htmx:after:swap", ready);
setInterval(tell, 1000);
