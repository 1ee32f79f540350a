// What the app's scripts get for document.cookie in a session: the session's cookies that scripts
// may have, and none of the operator's own, which lie beside them in the browser (law 6). One of the
// parts of bar.js; it runs before any script of the app. The names are those of
// wire/script_cookies.py: session, path and name, each percent-encoded.

/** Puts the session's cookies in place of the browser's. They end with the session at the latest.
    False where that was done in this window before. */
function ownCookies({ session, left }) {
  const done = Symbol.for("gateway.cookies"); // a page that the app wrote into its own window
  if (done in Document.prototype) return false;
  const prefix = `__Host-gateway_app|${session}|`;
  const [most, room, largest] = [50, 16 * 1024, 4096];
  const ends = Date.now() + left;
  const native = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  const trim = (text) => text.replace(/^[ \t]+|[ \t]+$/g, "");
  const split = (text, at) => (at < 0 ? ["", text] : [text.slice(0, at), text.slice(at + 1)]);

  /** The session's cookies, for all paths, in the order in which they were made. */
  function all(page) {
    return Reflect.apply(native.get, page, []).split("; ").flatMap((pair) => {
      if (!pair.startsWith(prefix)) return [];
      const [key, value] = split(pair, pair.indexOf("="));
      try {
        const [path, name] = key.slice(prefix.length).split("|").map(decodeURIComponent);
        return [{ key, path, name, value: decodeURIComponent(value), size: pair.length }];
      } catch {
        return []; // bytes that are no text: the app alone sees it
      }
    });
  }
  /** RFC 6265bis, 5.1.4. */
  const matches = (at) => ({ path }) =>
    at === path || (at.startsWith(path) && (path.endsWith("/") || at[path.length] === "/"));

  function get() {
    return all(this).filter(matches(location.pathname))
      .sort((one, other) => other.path.length - one.path.length)
      .map(({ name, value }) => (name ? `${name}=${value}` : value)).join("; ");
  }
  /** The attributes of a cookie, the last readable one of each name. */
  function attributes(parts) {
    const found = {};
    for (const part of parts) {
      const at = part.indexOf("=");
      const name = trim(at < 0 ? part : part.slice(0, at)).toLowerCase();
      const value = at < 0 ? "" : trim(part.slice(at + 1));
      if (value.length > 1024 || (name === "max-age" && !/^-?[0-9]+$/.test(value))) continue;
      if (name === "expires" && Number.isNaN(date(value))) continue;
      found[name] = value;
    }
    return found;
  }
  const date = (text) => Date.parse(text.replace(/(\d)-([a-z]{3})-(\d)/i, "$1 $2 $3"));
  /** Whether a script may set such a cookie (5.4, and step 15 of 5.7). */
  function allowed(name, path, has) {
    const lower = name.toLowerCase();
    const secure = "secure" in has;
    if ("httponly" in has || /^__(host-)?http-/.test(lower)) return false;
    if ("partitioned" in has || /^none$/i.test(has.samesite ?? "")) return secure;
    if (lower.startsWith("__secure-")) return secure;
    return !lower.startsWith("__host-") || (secure && path === "/" && !has.domain && "path" in has);
  }
  function set(text) {
    const before = all(this);
    const said = `${text}`.toWellFormed();
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(said)) return;
    const [pair, ...parts] = said.split(";");
    const [name, value] = split(pair, pair.indexOf("=")).map(trim);
    if (!name && (!value || /^__(secure|host|http)-/i.test(value))) return;
    const has = attributes(parts);
    const folder = location.pathname.slice(0, Math.max(1, location.pathname.lastIndexOf("/")));
    const path = has.path?.startsWith("/") ? has.path : folder;
    if (!allowed(name, path, has)) return;
    const time = Math.max(0, ends - Date.now());
    const age = "max-age" in has ? has["max-age"] * 1000
      : "expires" in has ? date(has.expires) - Date.now() : time;
    const seconds = Math.floor(Math.max(0, Math.min(age, time)) / 1000);
    const key = `${prefix}${encodeURIComponent(path)}|${encodeURIComponent(name)}`;
    const size = key.length + encodeURIComponent(value).length;
    const others = before.filter((other) => other.key !== key);
    const total = others.reduce((sum, other) => sum + other.size, size);
    if (seconds && (size > largest || others.length >= most || total > room)) return;
    const scope = /^strict$/i.test(has.samesite ?? "") ? "Strict" : "Lax";
    Reflect.apply(native.set, this, [`${key}=${encodeURIComponent(value)}; Path=/; Secure; ` +
      `SameSite=${scope}; Max-Age=${seconds}`]);
  }
  Object.defineProperty(Document.prototype, "cookie", { ...native, get, set });
  Object.defineProperty(Document.prototype, done, { value: true });
  // The younger way to the same cookies: an app that finds none takes the older one.
  for (const name of ["cookieStore", "CookieStore", "CookieStoreManager", "CookieChangeEvent"])
    delete window[name];
  return true;
}
