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
