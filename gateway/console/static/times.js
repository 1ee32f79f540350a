"use strict";

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
tell();
setInterval(tell, 1000);
