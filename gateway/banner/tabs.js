// Tells the session's tabs from others: a word before the page's title, and an icon of its own. An
// app that writes its title again gets the word again; its own icons are set aside, not removed.

/** Marks the tab. `keepTab` is called again and again, since apps rewrite their head. */
function tabbed(state, prefix) {
  const mark = gettext("As {name}", { name: state.subject });
  const icon = document.createElement("link"); // the page's, like all of its head
  icon.rel = "icon";
  icon.type = "image/svg+xml";
  icon.setAttribute("sizes", "any");
  icon.href = `${location.origin}${prefix}bar.svg?${state.session}`;
  const own = (title) => {
    const at = indexOf(title, `${mark} · `);
    return at < 0 ? title : own(slice(title, 0, at) + slice(title, at + mark.length + 3));
  };

  return () => {
    const title = titleOf(document);
    const rest = title === mark ? "" : own(title);
    const marked = rest ? `${mark} · ${rest}` : mark;
    const head = headOf(document);
    if (!head || (readyState(document) === "loading" && !title)) return; // its own comes
    if (title !== marked) setTitle(document, marked);
    const icons = all(document, "link[rel~=icon]");
    for (let at = 0; at < lengthOf(icons); at += 1)
      if (icons[at] !== icon && icons[at].media !== "not all") icons[at].media = "not all";
    if (!connected(icon)) append(head, icon);
  };
}
