// What the bar will need later is taken from the prototypes here, before any byte of the app's
// markup, so that neither clobbered names (<img name=documentElement>) nor patched methods reach it.

const taken = (type, name) => Function.prototype.call.bind(type.prototype[name]);
const described = (type, name) => Object.getOwnPropertyDescriptor(type.prototype, name);
const reader = (type, name) => Function.prototype.call.bind(described(type, name).get);

const all = taken(Document, "querySelectorAll");
const append = taken(Element, "append");
const attribute = taken(Element, "getAttribute");
const box = taken(Element, "getBoundingClientRect");
const capture = taken(Element, "setPointerCapture");
const closest = taken(Element, "closest");
const connected = reader(Node, "isConnected");
const exitScreen = taken(Document, "exitFullscreen");
const formOf = (button) =>
  (button instanceof HTMLButtonElement ? formOfButton : formOfInput)(button);
const formOfButton = reader(HTMLButtonElement, "form");
const formOfInput = reader(HTMLInputElement, "form");
const headOf = reader(Document, "head");
const hide = taken(HTMLElement, "hidePopover");
const hitInDocument = taken(Document, "elementFromPoint");
const hitInShadow = taken(ShadowRoot, "elementFromPoint");
const json = taken(Response, "json");
const listen = taken(EventTarget, "addEventListener");
const matches = taken(Element, "matches");
const parent = reader(Node, "parentNode");
const rootNode = taken(Node, "getRootNode");
const rootOf = reader(Document, "documentElement");
const screenOf = reader(Document, "fullscreenElement");
const set = taken(CSSStyleDeclaration, "setProperty");
const setTitle = Function.prototype.call.bind(described(Document, "title").set);
const sheetsOf = reader(Document, "adoptedStyleSheets");
const show = taken(HTMLElement, "showPopover");
const showModal = taken(HTMLDialogElement, "showModal");
const titleOf = reader(Document, "title");
const under = taken(Document, "elementsFromPoint");
const { clearTimeout: clear, fetch, getComputedStyle, queueMicrotask, setTimeout } = window;
const directionOf = (element) => getComputedStyle(element).direction;

const hitIn = (root, x, y) =>
  root instanceof ShadowRoot ? hitInShadow(root, x, y) : hitInDocument(root, x, y);

const sheet = (text) => {
  const made = new CSSStyleSheet(); // constructed: no policy asks for its source
  made.replaceSync(text);
  return made;
};
