// Where the minimized bar rests: in a corner of the window, by the operator's hand or by itself out
// of the way of the app's controls.

const CORNERS = ["bottom-start", "bottom-end", "top-end", "top-start"];
const CONTROLS = "a[href], button, input, select, textarea, summary, [role=button], [role=link], [tabindex]";

/** Puts the pill into corners. `hand` is what is kept from page to page: "" where nobody placed it. */
function cornered(pill, host, hand, keepHand) {
  let corner = CORNERS.includes(hand) ? hand : "";
  let drag = null;

  const held = () => drag !== null && !drag.done;
  const put = (where) => {
    pill.dataset.corner = where;
  };
  /** Whether a control of the app's lies under the pill where it is now. */
  const covers = () => {
    const { left, top, width, height } = box(pill);
    if (!width) return false;
    return [0.1, 0.5, 0.9].some((part) =>
      [...under(document, left + width * part, top + height / 2)].some(
        (each) => each !== host && each instanceof Element && closest(each, CONTROLS)));
  };
  const rest = () => {
    if (held()) return;
    if (corner) return put(corner);
    const free = CORNERS.find((each) => (put(each), !covers()));
    put(free ?? CORNERS[0]);
  };
  const place = (where) => {
    corner = where;
    keepHand(where);
    put(where);
  };
  const nearest = (x, y) => {
    const [top, start] = [y < innerHeight / 2, (x < innerWidth / 2) !== (directionOf(pill) === "rtl")];
    return `${top ? "top" : "bottom"}-${start ? "start" : "end"}`;
  };
  const arrows = {
    ArrowUp: (at) => at.replace("bottom", "top"), ArrowDown: (at) => at.replace("top", "bottom"),
    ArrowLeft: (at) => at.replace("end", "start"), ArrowRight: (at) => at.replace("start", "end"),
  };
  /** Takes an event of the pill; says whether its default is not to happen. */
  const take = (event) => {
    if (event.type === "keydown" && arrows[event.key]) {
      place(arrows[event.key](pill.dataset.corner));
      return true;
    }
    if (event.type === "pointerdown" && event.button === 0)
      drag = { x: event.clientX, y: event.clientY, moved: false };
    if (event.type === "pointermove" && held()) {
      const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
      drag.moved ||= Math.hypot(x, y) > 6;
      if (drag.moved) set(pill.style, "translate", `${x}px ${y}px`);
      return drag.moved;
    }
    if ((event.type === "pointerup" || event.type === "pointercancel") && held()) {
      const { moved } = drag;
      drag = moved && event.type === "pointerup" ? { moved, x: 0, y: 0, done: true } : null;
      set(pill.style, "translate", "none");
      if (moved) place(nearest(event.clientX, event.clientY));
      return moved;
    }
    if (event.type === "click" && drag?.done) {
      drag = null;
      return true;
    }
    return false;
  };
  return { rest, take, held };
}
