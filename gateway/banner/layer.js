// Keeps the bar in the top layer, above all that the app's page shows there, and operable.

/** `views`: the bar and the pill; `view` gives the one that is shown; `restore` makes it itself. */
function layered(host, shadow, views, view, told, restore) {
  let dialogs = []; // modal ones, newest last: a browser makes all outside the newest inert
  let barren = null; // what is full-screen and shows no children: a video, a frame, a closed root

  function filling() {
    let found = screenOf(document);
    for (let inner = found; inner; inner = shadowOf(inner) && screenWithin(shadowOf(inner))) found = inner;
    return found;
  }
  const without = (dialog) => {
    const others = [];
    for (let at = 0; at < dialogs.length; at += 1)
      if (dialogs[at] !== dialog && connected(dialogs[at]) && matches(dialogs[at], ":modal")) others[others.length] = dialogs[at];
    return others;
  };
  /** Puts the bar into what is modal or full-screen, since all the rest is inert then. */
  function place() {
    dialogs = without(null);
    let home = dialogs[dialogs.length - 1] ?? filling();
    if (barren !== home) barren = null;
    if (!home || barren) home = rootOf(document);
    if (parent(host) !== home) append(home, host);
  }
  /** Shows the bar last: so it is on top, of popovers, dialogs and what is full-screen alike. */
  function raise() {
    const focused = shadow.activeElement;
    for (let at = 0; at < views.length; at += 1) if (matches(views[at], ":popover-open")) hide(views[at]);
    show(view());
    focused?.focus({ preventScroll: true });
  }
  /** Whether something else is hit at a point of the bar: over it, or it is inert, or it is nowhere. */
  function lost(x, y) {
    let hit = hitIn(rootNode(host), x, y);
    if (!hit || hit === host) return false;
    for (let inner = hit; inner && shadowOf(inner); hit = inner ?? hit) {
      inner = hitInShadow(shadowOf(inner), x, y);
      if (inner === hit) break;
    }
    const dialog = closest(hit, "dialog:modal");
    if (dialog) entered(dialog);
    return true;
  }
  function covered() {
    const { left, top, width, height } = box(view());
    if (!width || !height) return true;
    const y = top + height / 2;
    return lost(left + width * 0.1, y) || lost(left + width * 0.5, y) || lost(left + width * 0.97, y);
  }
  /** Undoes what an ancestor can still do to an element of the top layer. */
  function uncover() {
    for (let node = host; node; node = parent(node) ?? hostOf(node)) {
      const style = styleOf(node);
      if (!style) continue;
      if (computed(node, "display") === "none") set(style, "display", "block", "important");
      set(style, "content-visibility", "visible", "important");
      set(style, "interactivity", "auto", "important");
      inert(node, false);
    }
  }
  function keep() {
    if (!rootOf(document)) return; // after document.open(); the first write brings a root
    restore();
    place();
    const zoom = `${1 / zoomOf(parent(host))}`;
    for (let at = 0; at < views.length; at += 1) set(views[at].style, "zoom", zoom);
    if (!matches(view(), ":popover-open")) raise();
    if (!box(view()).width && parent(host) === filling()) {
      barren = parent(host);
      told.textContent = gettext("Full screen was closed, because the bar cannot be used in it.");
      leaveScreen();
    } else if (barren || !covered()) return;
    uncover();
    place();
    raise();
  }
  async function leaveScreen() {
    try {
      await exitScreen(document);
    } catch {
      // then it is at least seen
    }
  }
  function entered(dialog) {
    dialogs = without(dialog);
    dialogs[dialogs.length] = dialog;
  }
  return { keep, raise, entered };
}
