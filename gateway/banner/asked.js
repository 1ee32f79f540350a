// What this page, or a frame of it, asked the app for: that is use of the session, and the answers say
// what the gateway refused, by a Server-Timing field, which the page's policies have no say in.

const ENTRY = "gateway-refused";

/** Tells of each refused request, by its path and rule, and that something was asked for. */
function watched(prefix, refused, used) {
  const own = `${location.origin}/`;
  const gateway = `${location.origin}${prefix}`;
  const seen = (list) => {
    const entries = entriesOf(list);
    let use = false;
    for (let at = 0; at < entries.length; at += 1) {
      const name = nameOf(entries[at]);
      if (!startsWith(name, own)) continue;
      use ||= !startsWith(name, gateway);
      const said = timingOf(entries[at]) ?? [];
      for (let each = 0; each < said.length; each += 1)
        if (said[each].name === ENTRY) refused(new URL(name).pathname, said[each].description);
    }
    if (use) used();
  };
  new PerformanceObserver(seen).observe({ type: "resource" });
}
