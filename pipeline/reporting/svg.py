"""A small plot as inline SVG: curves, bands and rules over a grid, in the page's own colours and type.

Nothing outside a drawing is read or set, so that drawings made side by side are those made alone. No text is drawn but
what the program itself says: titles come from strangers and stand in the page, which knows how to quote them.

Source: SVG 1.1, of which this takes `path`, `rect`, `text`, `g` and `clipPath`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike, NDArray

Colour = Literal["soft", "line", "before", "after"]  # the page's custom properties of these names
Limits = tuple[float, float]

# Taste, all of it, in pixels.
LETTERS_PX, GAP_PX = 11, 6
BASELINE_UNDER_PX, BASELINE_BESIDE_PX = 14.4, 4.2  # of letters under the plot, and of those in the middle of a line
ABOVE_PX = 5.4
GRID_PX = 0.7
DASHES = "; stroke-dasharray: 4.5,3.6"
DECIMALS = 3  # of a pixel: enough for any magnification, and little to be written


@dataclass(frozen=True)
class Margins:
    """What lies around a plot for its labels, in pixels."""

    left: int
    right: int
    above: int
    below: int


@dataclass
class Drawing:
    """A plot that is added to: what comes later lies over what came before."""

    width_px: int
    height_px: int
    margins: Margins
    x_limits: Limits
    y_limits: Limits
    _grid: list[Markup] = field(default_factory=list)
    _inside: list[Markup] = field(default_factory=list)
    _labels: list[Markup] = field(default_factory=list)

    def curve(self, x: ArrayLike, y: ArrayLike, colour: Colour, width_px: float, opacity: float = 1.0) -> None:
        """A line through points; where one is not a number, it is parted."""
        points = self._points(x, y)
        path = " ".join(_path(points[run]) for run in _runs(_known(points)))
        if path:
            self._inside.append(_line(path, colour, width_px, opacity, more="; stroke-linecap: round"))

    def band(self, x: ArrayLike, low: ArrayLike, high: ArrayLike, colour: Colour, opacity: float) -> None:
        """What lies between two lines, filled; nothing where one of them is not a number."""
        upper, lower = self._points(x, high), self._points(x, low)
        runs = _runs(_known(upper) & _known(lower))
        path = " ".join(f"{_path(np.concatenate([upper[run], lower[run][::-1]]))} Z" for run in runs)
        if path:
            style = f"fill: var(--{colour}); fill-opacity: {opacity:g}"
            self._inside.append(Markup('<path d="{}" style="{}"/>').format(path, style))

    def rule(
        self, y: float, colour: Colour, width_px: float, *, span: Limits | None = None, opacity: float = 1.0,
        dashed: bool = False,
    ) -> None:  # fmt: skip
        """A level line at `y`, from end to end or along `span`."""
        path = _path(self._points(span or self.x_limits, (y, y)))
        self._inside.append(_line(path, colour, width_px, opacity, more=DASHES if dashed else ""))

    def border(self, x: float, colour: Colour, width_px: float) -> None:
        """An upright line at `x`, from top to bottom."""
        self._inside.append(_line(self._upright(x), colour, width_px))

    def mark_x(self, x: float, words: str, *, grid: bool) -> None:
        """Words under the plot at `x`; with `grid`, a faint upright line."""
        if grid:
            self._grid.append(_line(self._upright(x), "line", GRID_PX))
        ((across, bottom),) = self._points([x], [self.y_limits[0]])
        self._label(across, bottom + BASELINE_UNDER_PX, words, "middle")

    def mark_y(self, values: Sequence[float]) -> None:
        """Each of `values` beside the plot, with a faint level line."""
        for value in values:
            points = self._points(self.x_limits, (value, value))
            self._grid.append(_line(_path(points), "line", GRID_PX))
            (left, middle), _ = points
            words = f"{value:g}".replace("-", "\N{MINUS SIGN}")
            self._label(left - GAP_PX, middle + BASELINE_BESIDE_PX, words, "end")

    def name_x(self, x: float, words: str) -> None:
        """Words above the plot at `x`."""
        ((across, top),) = self._points([x], [self.y_limits[1]])
        self._label(across, top - ABOVE_PX, words, "middle")

    def inline(self, name: str, label: str) -> Markup:
        """The `svg` element: `name` makes its id unique in the page, `label` says what is seen to who does not see."""
        inner = (self.margins.left, self.margins.above, self._inner_width_px, self._inner_height_px)
        return Markup(
            '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">\n'
            '<defs><clipPath id="{}"><rect x="{}" y="{}" width="{}" height="{}"/></clipPath></defs>\n'
            '<g clip-path="url(#{})">\n{}\n</g>\n{}\n</svg>'
        ).format(
            self.width_px, self.height_px, label, name, *inner, name,
            Markup("\n").join([*self._grid, *self._inside]), Markup("\n").join(self._labels),
        )  # fmt: skip

    @property
    def _inner_width_px(self) -> int:
        return self.width_px - self.margins.left - self.margins.right

    @property
    def _inner_height_px(self) -> int:
        return self.height_px - self.margins.above - self.margins.below

    def _points(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Values as places on the page, in pixels from its upper left corner, of shape (points, 2)."""
        (left, right), (bottom, top) = self.x_limits, self.y_limits
        across = (np.asarray(x, float) - left) / (right - left) * self._inner_width_px + self.margins.left
        down = (top - np.asarray(y, float)) / (top - bottom) * self._inner_height_px + self.margins.above
        return np.stack(np.broadcast_arrays(across, down), axis=1)

    def _upright(self, x: float) -> str:
        return _path(self._points((x, x), self.y_limits))

    def _label(self, x_px: float, y_px: float, words: str, anchor: str) -> None:
        style = f"font-size: {LETTERS_PX}px; text-anchor: {anchor}; fill: var(--soft)"
        text = Markup('<text style="{}" x="{}" y="{}">{}</text>')
        self._labels.append(text.format(style, _number(x_px), _number(y_px), words))


def _line(path: str, colour: Colour, width_px: float, opacity: float = 1.0, more: str = "") -> Markup:
    style = f"fill: none; stroke: var(--{colour}); stroke-width: {width_px:g}"
    style += f"; stroke-opacity: {opacity:g}" if opacity < 1.0 else ""
    return Markup('<path d="{}" style="{}"/>').format(path, style + more)


def _path(points: NDArray[np.float64]) -> str:
    """From point to point; a single one is drawn as a line to itself, which round ends make a dot."""
    places = [f"{_number(x)} {_number(y)}" for x, y in points]
    return "M " + " L ".join(places if len(places) > 1 else places * 2)


def _known(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])


def _runs(known: NDArray[np.bool_]) -> Iterator[slice]:
    """The stretches where `known` holds."""
    turns = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    for start, stop in zip(turns[::2], turns[1::2], strict=True):
        yield slice(int(start), int(stop))


def _number(px: float) -> str:
    return f"{round(float(px), DECIMALS) + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")
