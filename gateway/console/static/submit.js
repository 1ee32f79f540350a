// Sends the page's one form. The server adds this file only where the operator has just asked for
// what the form does; without scripts its button does the same.
"use strict";
document.querySelector("form[data-submit]").requestSubmit();
