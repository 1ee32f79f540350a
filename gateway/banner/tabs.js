// Tells the session's tabs from others: a word before the page's title, and an icon of its own. An
// app that writes its title again gets the word again; its own icons are set aside, not removed.

/** Marks the tab. `keepTab` is called again and again, since apps rewrite their head. */
function tabbed(state, prefix) {
  const mark = gettext("As {name}", { name: state.subject });
  const icon = make("link", { rel: "icon", href: `${prefix}bar.svg?${state.session}`, sizes: "any", type: "image/svg+xml" });

  return () => {
    const title = titleOf(document);
    const own = title === mark ? "" : title.split(`${mark} · `).join("");
    const marked = own ? `${mark} · ${own}` : mark;
    const head = headOf(document);
    if (!head || (document.readyState === "loading" && !titleOf(document))) return; // its own comes
    if (title !== marked) setTitle(document, marked);
    for (const other of all(document, "link[rel~=icon]"))
      if (other !== icon && other.media !== "not all") other.media = "not all";
    if (!connected(icon)) append(head, icon);
  };
}
