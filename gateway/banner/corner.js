// Where the minimized bar rests: in a corner of the window, by the operator's hand or by itself out
// of the way of the app's controls.

const CORNERS = ["bottom-start", "bottom-end", "top-end", "top-start"];
const CONTROLS = "a[href], button, input, select, textarea, summary, [role=button], [role=link], [tabindex]";
const FAR = 6; // px that a hand may tremble

/** Puts the pill into corners. `hand` is what is kept from page to page: "" where nobody placed it. */
function cornered(pill, host, hand, keepHand) {
  let corner = "";
  for (let at = 0; at < CORNERS.length; at += 1) if (CORNERS[at] === hand) corner = hand;
  let drag = null;

  const held = () => drag !== null && !drag.done;
  const put = (where) => pill.setAttribute("data-corner", where);
  /** Whether a control of the app's lies under the pill at a point. */
  const control = (x, y) => {
    const found = under(document, x, y);
    for (let at = 0; at < found.length; at += 1)
      if (found[at] !== host && closest(found[at], CONTROLS)) return true;
    return false;
  };
  const covers = () => {
    const { left, top, width, height } = box(pill);
    const y = top + height / 2;
    return width > 0 && (control(left + width * 0.1, y) || control(left + width * 0.5, y) || control(left + width * 0.9, y));
  };
  const rest = () => {
    if (held()) return;
    if (corner) return put(corner);
    for (let at = 0; at < CORNERS.length; at += 1) {
      put(CORNERS[at]);
      if (!covers()) return;
    }
    put(CORNERS[0]);
  };
  const place = (top, start) => {
    corner = `${top ? "top" : "bottom"}-${start ? "start" : "end"}`;
    keepHand(corner);
    put(corner);
  };
  const nearest = (x, y) => place(y < innerHeight / 2, (x < innerWidth / 2) !== (computed(pill, "direction") === "rtl"));
  /** Goes where an arrow key says; false for other keys. */
  const arrow = (key) => {
    const at = pill.getAttribute("data-corner");
    const top = indexOf(at, "top") === 0;
    const start = indexOf(at, "start") > 0;
    if (key === "ArrowUp" || key === "ArrowDown") place(key === "ArrowUp", start);
    else if (key === "ArrowLeft" || key === "ArrowRight") place(top, key === "ArrowLeft");
    else return false;
    return true;
  };
  const move = (translate) => set(pill.style, "translate", translate);
  /** Takes an event of the pill; says whether its default is not to happen. */
  const take = (type, event) => {
    const x = xOf(event);
    const y = yOf(event);
    if (type === "keydown") return arrow(keyOf(event));
    if (type === "pointerdown" && buttonOf(event) === 0) drag = { x, y, moved: false };
    if (type === "pointermove" && held()) {
      drag.moved ||= abs(x - drag.x) + abs(y - drag.y) > FAR;
      if (drag.moved) move(`${x - drag.x}px ${y - drag.y}px`);
      return drag.moved;
    }
    if ((type === "pointerup" || type === "pointercancel") && held()) {
      const { moved } = drag;
      drag = moved && type === "pointerup" ? { moved, x: 0, y: 0, done: true } : null;
      move("none");
      if (moved) nearest(x, y);
      return moved;
    }
    if (type === "click" && drag?.done) {
      drag = null;
      return true;
    }
    return false;
  };
  return { rest, take, held };
}
