// What is done to the bar, and what of it the app hears: nothing, so no focus trap or router of the
// app's can undo it.

/** `view` gives what is shown; `call` brings the keyboard to it; `corner` is of corner.js. */
function handled(host, shadow, { bar, pill, more, summary, leave, ways }, view, call, corner) {
  let leaving = false;

  /** What of the bar an event is about: the page is told no more than that it is the bar. */
  const touched = (type, event) => {
    const x = xOf(event);
    const y = yOf(event);
    const nowhere = x === undefined || (type === "click" && !x && !y);
    return nowhere ? shadow.activeElement : hitInShadow(shadow, x, y);
  };
  /** Whether a key was for the bar: the way to it, and the way out of its details. */
  const called = (event) => {
    if (altOf(event) && shiftOf(event) && !controlOf(event) && !metaOf(event) && codeOf(event) === "KeyG") call();
    else if (targetOf(event) === host && keyOf(event) === "Escape" && view() === bar && more.open) {
      more.open = false;
      summary.focus({ preventScroll: true });
    } else return false;
    prevent(event);
    stop(event);
    return true;
  };
  const shield = (event) => {
    const type = typeOf(event);
    if (type === "keydown" && called(event)) return;
    const away = type === "focusout" || type === "blur";
    if (targetOf(event) !== host && !(away && relatedOf(event) === host)) {
      if (corner.held() && type === "pointermove") corner.take(type, event);
      return;
    }
    stop(event);
    const at = touched(type, event);
    if (view() === pill && !closest(at ?? pill, ".toast") && corner.take(type, event)) {
      prevent(event);
      if (type === "pointermove") capture(pill, pointerOf(event));
    }
    if (type === "click" && closest(at ?? bar, "a") === leave) leaving = true;
  };
  const go = (event) => {
    if (ways(addressOf(destinationOf(event)))) stop(event);
  };
  /** Nothing of the page's keeps an operator in it who leaves. */
  const unload = (event) => {
    if (leaving) stop(event);
    leaving = false;
  };
  const heard = ["auxclick", "blur", "click", "dblclick", "focus", "focusin", "focusout", "keydown",
    "keypress", "keyup", "mousedown", "mouseup", "pointercancel", "pointerdown", "pointermove", "pointerup"];
  /** Listens before anything of the app's does; again after document.open(). */
  const attend = () => {
    for (let at = 0; at < heard.length; at += 1) listen(window, heard[at], shield, { capture: true });
    listen(window, "touchend", shield, { capture: true, passive: true });
    listen(window, "touchstart", shield, { capture: true, passive: true });
    listen(window, "beforeunload", unload, true);
    if (navigation) listen(navigation, "navigate", go);
  };
  return attend;
}
