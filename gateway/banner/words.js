// Texts in the operator's language. The first of the parts of bar.js; assets.py puts the
// translations in, English is its own.

const words = "@WORDS@";
/** A text in the operator's language, with what stands in braces filled in. */
const gettext = (text, filled = {}) =>
  (words[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => filled[name] ?? whole);
