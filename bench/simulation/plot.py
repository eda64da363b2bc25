"""Curves over a logarithmic axis, as SVG."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 460, 270
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 40, 44
TICKS = 4
INK, FAINT, CURVE, BOUND = "#24292f", "#d8dee4", "#0969da", "#bc4c00"


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line."""

    x: float
    label: str
    color: str = INK


@dataclass(frozen=True, slots=True)
class Panel:
    """One curve over x > 0, which ascends; y >= 0."""

    title: str
    x_label: str
    x: Sequence[float]
    y: Sequence[float]
    marks: Sequence[Mark] = ()


def draw(panels: Sequence[Panel], columns: int) -> str:
    """The panels, row by row."""
    rows = math.ceil(len(panels) / columns)
    size = f'width="{columns * WIDTH}" height="{rows * HEIGHT}" viewBox="0 0 {columns * WIDTH} {rows * HEIGHT}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12" fill="{INK}">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        lines += [f'<g transform="translate({column * WIDTH} {row * HEIGHT})">', *_panel(panel), "</g>"]
    return "\n".join([*lines, "</svg>", ""])


def top_of_axis(highest: float) -> float:
    """The smallest of 1, 2, 4, 6, 8 or 10 times a power of ten that is not below."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(digit * power for digit in (1, 2, 4, 6, 8, 10) if highest <= digit * power)


def short(number: float) -> str:
    """A tick's label: 1000 is 1k, 2500000 is 2.5M."""
    for unit, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:g}{suffix}"
    return f"{number:g}"


def _panel(panel: Panel) -> Iterator[str]:
    low, high = math.log10(panel.x[0]), math.log10(panel.x[-1])
    top = top_of_axis(max(panel.y))

    def across(x: float) -> float:
        return LEFT + (math.log10(x) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def down(y: float) -> float:
        return HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM)

    yield _text(LEFT, 18, panel.title, weight="bold")
    for tick in (top * step / TICKS for step in range(TICKS + 1)):
        yield _line(LEFT, down(tick), WIDTH - RIGHT, down(tick), FAINT)
        yield _text(LEFT - 6, down(tick) + 4, short(tick), anchor="end")
    for power in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1):
        yield _line(across(10**power), down(0), across(10**power), down(0) + 5, INK)
        yield _text(across(10**power), down(0) + 18, short(10**power), anchor="middle")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, panel.x_label, anchor="middle")
    for mark in panel.marks:
        yield _line(across(mark.x), down(top), across(mark.x), down(0), mark.color, dashed=True)
        yield _text(across(mark.x) + 4, down(top) - 4, mark.label, color=mark.color)
    points = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in zip(panel.x, panel.y, strict=True))
    yield f'<polyline points="{points}" fill="none" stroke="{CURVE}" stroke-width="2"/>'


def _line(x1: float, y1: float, x2: float, y2: float, color: str, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"{dashes}/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal", color: str = INK) -> str:
    placed = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="{color}"'
    return f"<text {placed}>{escape(text)}</text>"
