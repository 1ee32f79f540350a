"""The chart of the docs: CPU for a request, a dot a row, on a scale of powers.

Dots rather than bars, for on such a scale lengths say nothing. Written by hand: no library, no
script, and the reader's own colours, light or dark.
"""

from __future__ import annotations

from html import escape
from math import log10
from statistics import median

from tests.bench.rounds import Measured
from tests.bench.rows import BASES, Row

_WIDTH, _LEFT, _RIGHT = 880, 330, 70
_TOP, _LINE, _GAP = 64, 22, 12
_MARKS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
_TITLE = "CPU microseconds of the proxy for one request; less is better"
_LEGEND = "Median of the rounds, with the least and the most; each mark about doubles."
_STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600 } .small { font-size: 11px; fill: #59636e }
    .grid { stroke: #d1d9e0 } .other { fill: #818b98; stroke: #818b98 }
    .ours { fill: #0969da; stroke: #0969da } line.other, line.ours { stroke-width: 3 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc } .small { fill: #9198a1 } .grid { stroke: #3d444d }
      .other { fill: #9198a1; stroke: #9198a1 } .ours { fill: #4493f8; stroke: #4493f8 }
    }
"""


def chart(measured: Measured) -> str:
    """An SVG picture of what was measured; the gateway's rows stand out."""
    costs = {row: [each.cpu_us for each in rounds] for row, rounds in measured.items()}
    marks = _marks(min(map(min, costs.values())), max(map(max, costs.values())))
    dots, y = [], _TOP - _GAP
    for row, values in costs.items():
        y += _LINE + (_GAP if row in BASES.values() else 0)
        dots += _dot(row, values, marks, y)
    bottom = y + _LINE
    grid = [part for mark in marks for part in _grid(mark, _x(mark, marks), bottom)]
    body = "\n  ".join(grid + dots)
    box = f"0 0 {_WIDTH} {bottom + 8}"
    return f"""<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{box}">
  <title>{_TITLE}</title>
  <style>{_STYLE}  </style>
  <text class="title" x="16" y="24">{_TITLE}</text>
  <text class="small" x="16" y="42">{_LEGEND}</text>
  {body}
</svg>
"""


def _dot(row: Row, values: list[float], marks: list[int], y: int) -> list[str]:
    """A row: its name, a line from the least round to the most, a dot at the median, its number."""
    kind = "ours" if row.name.startswith("gateway") else "other"
    low, middle, high = (_x(value, marks) for value in (min(values), median(values), max(values)))
    return [
        f'<text x="{_LEFT - 16}" y="{y + 4}" text-anchor="end">{escape(row.label)}</text>',
        f'<line class="{kind}" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>',
        f'<circle class="{kind}" cx="{middle}" cy="{y}" r="5"/>',
        f'<text x="{high + 10}" y="{y + 4}">{median(values):.0f}</text>',
    ]


def _grid(mark: int, x: float, bottom: int) -> list[str]:
    """A line of the scale, with its number on top."""
    return [
        f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP}" y2="{bottom}"/>',
        f'<text class="small" x="{x}" y="{_TOP - 8}" text-anchor="middle">{mark}</text>',
    ]


def _marks(least: float, most: float) -> list[int]:
    """The scale: round numbers from below the least figure to above the most."""
    first = max((mark for mark in _MARKS if mark <= least), default=_MARKS[0])
    last = min((mark for mark in _MARKS if mark >= most), default=_MARKS[-1])
    return [mark for mark in _MARKS if first <= mark <= last]


def _x(value: float, marks: list[int]) -> float:
    share = log10(value / marks[0]) / log10(marks[-1] / marks[0])
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)
