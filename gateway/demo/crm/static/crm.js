"use strict";
// The first page tells of what colleagues do while it is open.
const moves = document.getElementById("moves");
if (moves) {
  const tell = (text) => {
    const line = document.createElement("li");
    const when = document.createElement("small");
    line.className = "fresh";
    line.append(text, when);
    when.textContent = "just now";
    moves.prepend(line);
    while (moves.children.length > 8) moves.lastElementChild.remove();
  };
  const events = new EventSource("/events");
  events.addEventListener("deal", (event) => {
    const { by, title, stage } = JSON.parse(event.data);
    tell(`${by} moved ${title} to ${stage}`);
  });
  events.addEventListener("task", (event) => {
    const { by, done } = JSON.parse(event.data);
    tell(`${by} ${done ? "finished" : "reopened"} a task`);
  });
}
