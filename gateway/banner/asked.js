// What this page, or a frame of it, asked the app for: that is use of the session, and the answers say
// what the gateway refused, by a Server-Timing field, which the page's policies have no say in. The
// browser tells of an answer once its body is read; of one to fetch(), whose body a page need not
// read, the answer itself is looked at.

const ENTRY = "gateway-refused";

/** Tells of each refused request, by its path and rule, and that something was asked for. */
function watched(prefix, refused, used) {
  const own = `${location.origin}/`;
  const gateway = `${location.origin}${prefix}`;
  const answered = (answer) => {
    const said = headerOf(headersOf(answer), "server-timing") ?? "";
    const at = indexOf(said, `${ENTRY};desc="`);
    const rule = slice(said, at + ENTRY.length + 7);
    if (at >= 0 && startsWith(urlOf(answer), own)) refused(new URL(urlOf(answer)).pathname, slice(rule, 0, indexOf(rule, '"')));
  };
  const failed = () => {}; // it is told to the page, by the promise that the page has
  window.fetch = new Proxy(window.fetch, {
    apply: (ask, self, list) => {
      const answer = apply(ask, self, list);
      then(answer, answered, failed);
      return answer;
    },
  });
  const seen = (list) => {
    const entries = entriesOf(list);
    let use = false;
    for (let at = 0; at < entries.length; at += 1) {
      const name = nameOf(entries[at]);
      if (!startsWith(name, own)) continue;
      use ||= !startsWith(name, gateway);
      const said = initiatorOf(entries[at]) === "fetch" ? [] : timingOf(entries[at]) ?? [];
      for (let each = 0; each < said.length; each += 1)
        if (said[each].name === ENTRY) refused(new URL(name).pathname, said[each].description);
    }
    if (use) used();
  };
  new PerformanceObserver(seen).observe({ type: "resource" });
}
