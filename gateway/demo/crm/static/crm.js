"use strict";
const live = document.getElementById("live");
if (live) {
  const events = new EventSource("/events");
  events.addEventListener("deal", (event) => {
    const change = JSON.parse(event.data);
    live.textContent = `Deal ${change.deal} moved to ${change.stage}.`;
  });
}
