"""What the bar says can be read (WCAG 2.2, 1.4.3): axe cannot tell contrast in the top layer."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from gateway import banner

CSS = (Path(banner.__file__).parent / "bar.css").read_text("utf-8")
Colour = tuple[float, float, float]
WHITE: Colour = (255, 255, 255)
GROUNDS = re.findall(r"--ground: (#[0-9a-f]{6})", CSS)
VEILS = [0.0, *map(float, re.findall(r"background: rgb\(255 255 255 / (\.\d+)\)", CSS))]


def read(text: str) -> Colour:
    red, green, blue = (int(text[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def veiled(ground: Colour, share: float) -> Colour:
    """A ground with so much white over it."""
    red, green, blue = (255 * share + each * (1 - share) for each in ground)
    return red, green, blue


def luminance(colour: Colour) -> float:
    shares = (each / 255 for each in colour)
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_style_sheet_says_what_is_checked_here() -> None:
    assert len(GROUNDS) == 7, "three in light, three in dark, what was refused"
    assert set(VEILS) == {0.0, 0.14, 0.22}, "plain, a button, a button under the mouse"


@pytest.mark.parametrize(("ground", "veil"), [*product(GROUNDS, VEILS)])
def test_white_can_be_read_on_every_ground_and_button(ground: str, veil: float) -> None:
    assert contrast(WHITE, veiled(read(ground), veil)) >= 4.5


@pytest.mark.parametrize("ground", GROUNDS)
def test_soft_and_warning_words_can_be_read_on_every_ground(ground: str) -> None:
    (soft,) = re.findall(r"--soft: rgb\(255 255 255 / (\.\d+)\)", CSS)
    (warning,) = re.findall(r"--watch-out: (#[0-9a-f]{6})", CSS)
    assert contrast(veiled(read(ground), float(soft)), read(ground)) >= 4.5
    assert contrast(read(warning), read(ground)) >= 4.5
