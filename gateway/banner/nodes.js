// The bar's own elements. Each has a prototype of its own with what the browser gives elements, as it
// was before any script of the app: what is read of them, or done to them, is never a patched method.

const flat = (...types) => {
  const made = { __proto__: null };
  for (const type of types) defineProperties(made, getOwnPropertyDescriptors(type.prototype));
  return made;
};
const ELEMENT = flat(EventTarget, Node, Element, HTMLElement);
const TEXT = flat(EventTarget, Node, CharacterData);
const ROOT = flat(EventTarget, Node, DocumentFragment, ShadowRoot);
defineProperties(ELEMENT, {
  dateTime: described(HTMLTimeElement, "dateTime"),
  href: described(HTMLAnchorElement, "href"),
  open: described(HTMLDetailsElement, "open"),
});

/** Puts children at the end of an element: elements, texts, and lists of them; nothing for "". */
const put = (into, child) => {
  if (isArray(child)) for (let at = 0; at < child.length; at += 1) put(into, child[at]);
  else if (child) into.append(child);
};
const make = (tag, attributes, ...children) => {
  const made = setPrototypeOf(createElement(document, tag), ELEMENT);
  for (const name in attributes)
    if (hasOwn(attributes, name)) made.setAttribute(name, attributes[name]);
  put(made, children);
  return made;
};
/** Leaves nothing of an element but its first child. */
const strip = (element) => {
  while (element.lastChild !== element.firstChild) element.removeChild(element.lastChild);
};
const textNode = () => setPrototypeOf(createText(document, ""), TEXT);
const span = (name, ...children) => make("span", { class: name }, children);
const name = (text) => make("bdi", {}, text);
const link = (href, text, target = "_self") => make("a", { href, target, rel: "noopener" }, text); // <base> has no say
/** A button that works by itself, without a listener: see hands.js. */
const toggle = (target, action, ...children) =>
  make("button", { popovertarget: target, popovertargetaction: action }, children);
const short = (time) => timeOf(new Date(time), [], { timeStyle: "short" });
const pad = (number) => (number < 10 ? `0${number}` : number);
/** Texts with something between them, but for those that are empty. */
const joined = (texts, between) => {
  let made = "";
  for (let at = 0; at < texts.length; at += 1)
    if (texts[at]) made += made ? between + texts[at] : texts[at];
  return made;
};
