// What the bar will need later is taken from the prototypes here, before any byte of the app's
// markup, so that neither clobbered names (<img name=documentElement>) nor patched methods reach it.
// Nothing of the page's is handed an element of the bar: with one in hand, it could empty the bar.
// So lists are walked by number and never spread: Array.prototype[Symbol.iterator] is the page's.

const { defineProperties, getOwnPropertyDescriptor, getOwnPropertyDescriptors, hasOwn, setPrototypeOf } = Object;
const { clearTimeout: clear, Date, encodeURIComponent, fetch, getComputedStyle, navigation, queueMicrotask, setTimeout, MutationObserver, URL, URLSearchParams } = window;
const { apply } = Reflect;
const { isArray } = Array;
const { now } = Date;
const { abs, ceil, floor, max, min, round } = Math;

const bound = Function.prototype.call.bind(Function.prototype.bind, Function.prototype.call);
const taken = (type, name) => bound(type.prototype[name]);
const described = (type, name) => getOwnPropertyDescriptor(type.prototype, name);
const reader = (type, name) => bound(described(type, name).get);
const writer = (type, name) => bound(described(type, name).set);

const all = taken(Document, "querySelectorAll");
const append = taken(Element, "append");
const attribute = taken(Element, "getAttribute");
const capture = taken(Element, "setPointerCapture");
const closest = taken(Element, "closest");
const connected = reader(Node, "isConnected");
const createElement = taken(Document, "createElement");
const createText = taken(Document, "createTextNode");
const exitScreen = taken(Document, "exitFullscreen");
const headOf = reader(Document, "head");
const headerOf = taken(Headers, "get");
const headersOf = reader(Response, "headers");
const hide = taken(HTMLElement, "hidePopover");
const hitInDocument = taken(Document, "elementFromPoint");
const hitInShadow = taken(ShadowRoot, "elementFromPoint");
const indexOf = taken(String, "indexOf");
const isoOf = taken(Date, "toISOString");
const entriesOf = taken(PerformanceObserverEntryList, "getEntries");
const json = taken(Response, "json");
const nameOf = reader(PerformanceEntry, "name");
const okOf = reader(Response, "ok");
const lengthOf = reader(NodeList, "length");
const listen = taken(EventTarget, "addEventListener");
const matches = taken(Element, "matches");
const observe = taken(MutationObserver, "observe");
const post = taken(BroadcastChannel, "postMessage");
const parent = reader(Node, "parentNode");
const readyState = reader(Document, "readyState");
const rootNode = taken(Node, "getRootNode");
const rootOf = reader(Document, "documentElement");
const screenOf = reader(Document, "fullscreenElement");
const screenWithin = reader(ShadowRoot, "fullscreenElement");
const set = taken(CSSStyleDeclaration, "setProperty");
const setTitle = writer(Document, "title");
const shadowOf = reader(Element, "shadowRoot");
const sheetsOf = reader(Document, "adoptedStyleSheets");
const show = taken(HTMLElement, "showPopover");
const showModal = taken(HTMLDialogElement, "showModal");
const slice = taken(String, "slice");
const startsWith = taken(String, "startsWith");
const timeOf = taken(Date, "toLocaleTimeString");
const then = taken(Promise, "then");
const titleOf = reader(Document, "title");
const under = taken(Document, "elementsFromPoint");
const urlOf = reader(Response, "url");
const valueOf = taken(CSSStyleDeclaration, "getPropertyValue");
const computed = (element, name) => valueOf(getComputedStyle(element), name);

const rectangle = taken(Element, "getBoundingClientRect");
const leftOf = reader(DOMRectReadOnly, "left");
const topOf = reader(DOMRectReadOnly, "top");
const widthOf = reader(DOMRect, "width");
const heightOf = reader(DOMRect, "height");
const box = (element) => {
  const found = rectangle(element);
  return { left: leftOf(found), top: topOf(found), width: widthOf(found), height: heightOf(found) };
};

const hitIn = (root, x, y) => (root === document ? hitInDocument : hitInShadow)(root, x, y);
const zoomOf = described(Element, "currentCSSZoom") ? reader(Element, "currentCSSZoom") : () => 1;

/** What does nothing where it is of no use: with an element, or an event of a page's, of another type. */
const maybe = (act) => (on, value) => {
  try {
    return act(on, value);
  } catch {
    return undefined;
  }
};
const from = (type, name) => maybe(reader(type, name));
const formOfButton = from(HTMLButtonElement, "form");
const formOfInput = from(HTMLInputElement, "form");
const formOf = (button) => formOfButton(button) ?? formOfInput(button);
const initiatorOf = from(PerformanceResourceTiming, "initiatorType");
const hostOf = from(ShadowRoot, "host");
const inert = maybe(writer(HTMLElement, "inert"));
const styleOf = from(HTMLElement, "style");

const timingOf = from(PerformanceResourceTiming, "serverTiming");
const openOf = from(HTMLDetailsElement, "open");
const dataOf = from(MessageEvent, "data");
const targetOf = from(Event, "target");
const typeOf = from(Event, "type");
const relatedOf = from(FocusEvent, "relatedTarget");
const newStateOf = from(ToggleEvent, "newState");
const xOf = from(MouseEvent, "clientX");
const yOf = from(MouseEvent, "clientY");
const buttonOf = from(MouseEvent, "button");
const pointerOf = from(PointerEvent, "pointerId");
const keyOf = from(KeyboardEvent, "key");
const codeOf = from(KeyboardEvent, "code");
const altOf = from(KeyboardEvent, "altKey");
const controlOf = from(KeyboardEvent, "ctrlKey");
const metaOf = from(KeyboardEvent, "metaKey");
const shiftOf = from(KeyboardEvent, "shiftKey");
const destinationOf = navigation ? from(NavigateEvent, "destination") : null;
const addressOf = navigation ? from(NavigationDestination, "url") : null;
const prevent = taken(Event, "preventDefault");
const stop = taken(Event, "stopImmediatePropagation");

const sheet = (text) => {
  const made = new CSSStyleSheet(); // constructed: no policy asks for its source
  made.replaceSync(text);
  return made;
};
