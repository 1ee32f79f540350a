"""Badly nested pages, made at random from a seed, with numbered secrets in them."""

from __future__ import annotations

import random

from gateway.redaction.html_names import names

ELEMENTS = sorted(
    names(
        "div p span b i a font nobr li ul dl dt dd td tr tbody thead table caption colgroup col h1"
        " h2 form button select option optgroup input textarea label fieldset object marquee"
        " template noscript svg math foreignObject desc title mi g path style script xmp iframe"
        " noembed noframes frameset body html head br img hr pre listing center section main dialog"
        " u em custom-element"
    )
)
RAW = ("script", "style", "xmp", "textarea", "title", "iframe", "noembed", "noframes")
CLONED = ("b", "i", "a", "font", "nobr", "u", "em")
"""A browser copies these with their attributes into other places: they carry no secret there."""
ODDITIES = ("<!-- x -->", "<![CDATA[y]]>", "<!x>", "</>", "< ", "<?p>", "<!--<b>-->", " ")


class Soup:
    """One page in the making."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # a test's page, the same in every run
        self._secrets = 0
        self._open: list[str] = []
        few = self._dice.sample(ELEMENTS, 7)
        self._elements = self._dice.choice([ELEMENTS, few])
        self._tidy = self._dice.random() < 0.5
        self.page = "".join(self._piece() for _ in range(self._dice.choice((5, 8, 12, 20, 30))))

    def _secret(self) -> str:
        self._secrets += 1
        return f"SECRET{self._secrets};"

    def _piece(self) -> str:
        roll = self._dice.random()
        if roll < 0.42:
            return self._start()
        if roll < 0.7:
            return self._end()
        return self._secret() if roll < 0.95 else self._dice.choice(ODDITIES)

    def _start(self) -> str:
        name = self._dice.choice(self._elements)
        weights = (60, 25, 10, 5)
        tag = (
            f"<{name}"
            + self._dice.choices(("", " class=s", ' class="a"', " class='a s'"), weights)[0]
        )
        if name not in CLONED and self._dice.random() < 0.1:
            tag += f" title={self._secret()}"
        if self._dice.random() < 0.08:
            tag += " /"
        if name in RAW:
            content = self._dice.choice(("", "x", "a<b", self._secret()))
            return f"{tag}>{content}</{name}>"
        self._open.append(name)
        return f"{tag}>"

    def _end(self) -> str:
        if not self._open or not (self._tidy or self._dice.random() < 0.5):
            return f"</{self._dice.choice(self._elements)}>"
        last = self._dice.random() < 0.85
        return f"</{self._open.pop(-1 if last else self._dice.randrange(len(self._open)))}>"
