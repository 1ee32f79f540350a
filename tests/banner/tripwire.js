// The page of an attacker: every function, getter and setter that a page can replace is replaced by
// one that keeps whatever node it is given, or gives, or could get at by an event.
(() => {
  "use strict";
  const { apply, construct, ownKeys, getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Reflect;
  const bound = Function.prototype.call.bind(Function.prototype.bind, Function.prototype.call);
  const getter = (type, name) => bound(getOwnPropertyDescriptor(type.prototype, name).get);
  const rootOf = bound(Node.prototype.getRootNode);
  const nodeType = getter(Node, "nodeType");
  const hostOf = getter(ShadowRoot, "host");
  const localName = getter(Element, "localName");
  const targetOf = getter(Event, "target");
  const pathOf = bound(Event.prototype.composedPath);
  const { isArray } = Array;
  const Wrapped = Proxy;
  const kept = [];
  let busy = false;

  const isNode = (value) => {
    try {
      return nodeType(value) > 0;
    } catch {
      return false;
    }
  };
  const isOfBar = (node) => {
    try {
      return localName(hostOf(rootOf(node))) === "gateway-bar";
    } catch {
      return false;
    }
  };
  const keep = (value, how, depth) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    if (isNode(value)) kept[kept.length] = { node: value, how, was: isOfBar(value) };
    else if (isArray(value) && depth)
      for (let at = 0; at < value.length && at < 50; at += 1) keep(value[at], how, depth - 1);
    else
      try {
        keep(targetOf(value), `${how}, its target`, 0);
        keep(pathOf(value), `${how}, its path`, 1);
      } catch {
        // no event
      }
  };
  const tripped = (work, how, self, args) => {
    if (busy) return work();
    busy = true;
    try {
      keep(self, how, 2);
      for (let at = 0; at < args.length; at += 1) keep(args[at], how, 2);
    } finally {
      busy = false;
    }
    const result = work();
    busy = true;
    keep(result, how, 2);
    busy = false;
    return result;
  };
  const wire = (of, how) =>
    new Wrapped(of, {
      apply: (target, self, args) => tripped(() => apply(target, self, args), how, self, args),
      construct: (target, args, by) => tripped(() => construct(target, args, by), how, null, args),
    });
  const seen = new Set();
  const has = bound(Set.prototype.has);
  const add = bound(Set.prototype.add);
  const spoil = (owner, name) => {
    if (!owner || has(seen, owner)) return;
    add(seen, owner);
    const keys = ownKeys(owner);
    for (let at = 0; at < keys.length; at += 1) {
      const key = keys[at];
      const had = getOwnPropertyDescriptor(owner, key);
      const how = `${name}.${typeof key === "symbol" ? "@" : key}`;
      if (!had.configurable || key === "constructor") continue;
      if (typeof had.value === "function" && !/^[A-Z]/.test(typeof key === "string" ? key : ""))
        defineProperty(owner, key, { ...had, value: wire(had.value, how) });
      else if (had.get || had.set)
        defineProperty(owner, key, {
          ...had,
          get: had.get && wire(had.get, how),
          set: had.set && wire(had.set, how),
        });
    }
  };
  /** What browsers themselves tell pages of elements. */
  const offered = (entry) => {
    keep(entry.element, "PerformanceEntry.element", 1);
    keep(entry.target, "PerformanceEntry.target", 1);
    for (const source of entry.sources ?? []) keep(source.node, "LayoutShift.node", 1);
  };
  for (const type of ["largest-contentful-paint", "element", "event", "first-input", "layout-shift"])
    new PerformanceObserver((list) => list.getEntries().forEach(offered)).observe({
      type, buffered: true, durationThreshold: 16,
    });
  const look = () => {
    for (const each of document.getAnimations()) keep(each.effect.target, "Animation.target", 1);
    const chosen = getSelection();
    for (const name of ["anchorNode", "focusNode"]) keep(chosen[name], `Selection.${name}`, 1);
    keep(document.activeElement, "Document.activeElement", 1);
  };

  const types = ownKeys(window).filter((key) => typeof key === "string" && /^[A-Z]/.test(key));
  const made = types.map((key) => [key, window[key]]).filter(([, type]) => type instanceof Object);
  const iterator = getPrototypeOf([][Symbol.iterator]());
  const own = ownKeys(window).filter((key) => typeof window[key] === "function" && !types.includes(key));
  const replaced = made.filter(([, type]) => typeof type === "function").map(([key, type]) => [key, wire(type, key)]);
  for (const key of own) defineProperty(window, key, { ...getOwnPropertyDescriptor(window, key), value: wire(window[key], key) });
  const list = [...made, ["iterator", iterator]];
  for (let at = list.length - 1; at >= 0; at -= 1) {
    spoil(list[at][1].prototype, list[at][0]);
    spoil(list[at][1], list[at][0]);
  }
  for (let at = 0; at < replaced.length; at += 1)
    defineProperty(window, replaced[at][0], { value: replaced[at][1], configurable: true, writable: true });

  /** What was in the page's hands and was part of the bar then, or is now: how it came there. */
  window.leaks = () => {
    busy = true;
    look();
    const found = [];
    for (let at = 0; at < kept.length; at += 1)
      if (kept[at].was || isOfBar(kept[at].node)) found[found.length] = kept[at].how;
    busy = false;
    return { count: kept.length, found };
  };
})();
