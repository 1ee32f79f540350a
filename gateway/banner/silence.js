// Answers the calls of a page's scripts to listed analytics hosts as if they had worked, and sends
// nothing (see beacons.py). It asks for nothing that a policy could forbid.

/** `beacons`: pairs of a host and a regular expression of paths there. */
function silence(beacons) {
  const listed = (address) => {
    try {
      const { hostname, pathname } = new URL(String(address), document.baseURI);
      return beacons.some(([host, path]) => host === hostname && new RegExp(path, "i").test(pathname));
    } catch {
      return false;
    }
  };
  const worked = (target, ...types) =>
    setTimeout(() => types.forEach((type) => target.dispatchEvent(new Event(type))));
  const replace = (owner, name, make) => (owner[name] = make(owner[name]));

  replace(Navigator.prototype, "sendBeacon", (send) => function (address, ...data) {
    return listed(address) || send.call(this, address, ...data);
  });
  replace(window, "fetch", (fetch) => function (input, ...options) {
    if (listed(input?.url ?? input)) return Promise.resolve(new Response(null, { status: 204 }));
    return fetch.call(this ?? window, input, ...options);
  });

  const silent = new WeakSet();
  const told = { readyState: 4, status: 204 };
  replace(XMLHttpRequest.prototype, "open", (open) => function (method, address, ...more) {
    const mute = listed(address);
    silent[mute ? "add" : "delete"](this);
    for (const name of Object.keys(told)) delete this[name];
    return open.call(this, method, mute ? location.href : address, ...more);
  });
  replace(XMLHttpRequest.prototype, "send", (send) => function (...body) {
    if (!silent.has(this)) return send.apply(this, body);
    for (const [name, value] of Object.entries(told))
      Object.defineProperty(this, name, { value, configurable: true });
    worked(this, "readystatechange", "load", "loadend");
  });

  const loading = [[HTMLImageElement, "src"], [HTMLImageElement, "srcset"],
    [HTMLScriptElement, "src"], [HTMLIFrameElement, "src"], [HTMLLinkElement, "href"]];
  for (const [type, name] of loading) {
    const known = Object.getOwnPropertyDescriptor(type.prototype, name);
    Object.defineProperty(type.prototype, name, {
      ...known,
      set(address) {
        if (listed(address)) worked(this, "load");
        else known.set.call(this, address);
      },
    });
  }
  replace(Element.prototype, "setAttribute", (set) => function (name, value) {
    const lower = String(name).toLowerCase();
    const loads = loading.some(([type, each]) => this instanceof type && each === lower);
    if (loads && listed(value)) worked(this, "load");
    else set.call(this, name, value);
  });
}
