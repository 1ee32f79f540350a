// Texts in the operator's language; assets.py puts the translations in, English is its own.

const words = "@WORDS@";
/** A text in the operator's language, with what stands in braces filled in. */
const gettext = (text, filled = {}) => {
  let made = "";
  let left = hasOwn(words, text) ? words[text] : text;
  for (;;) {
    const from = indexOf(left, "{");
    const to = indexOf(left, "}", from);
    if (from < 0 || to < 0) return made + left;
    const name = slice(left, from + 1, to);
    made += slice(left, 0, from) + (hasOwn(filled, name) ? filled[name] : slice(left, from, to + 1));
    left = slice(left, to + 1);
  }
};
