"""Plots as SVG: places on the page are right, what is not known is not drawn, and words are quoted."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from pipeline.reporting.svg import Drawing, Margins


def drawing() -> Drawing:
    return Drawing(120, 70, Margins(10, 10, 10, 10), (0.0, 10.0), (-50.0, 0.0))


def paths(of: Drawing) -> list[str]:
    return [element.attrib["d"] for element in ElementTree.fromstring(of.inline("a", "a")).iter("path")]  # noqa: S314


def test_values_stand_where_the_limits_put_them() -> None:
    plot = drawing()
    plot.curve([0.0, 5.0, 10.0], [-50.0, -25.0, 0.0], "after", 1.0)
    plot.rule(-10.0, "before", 1.0, span=(2.0, 4.0))
    plot.border(2.5, "line", 1.0)
    assert paths(plot) == ["M 10 60 L 60 35 L 110 10", "M 30 20 L 50 20", "M 35 60 L 35 10"]


def test_what_is_no_number_parts_a_curve_and_a_band() -> None:
    plot = drawing()
    levels = np.array([-50.0, -50.0, np.nan, 0.0, np.nan])
    plot.curve(np.arange(5.0), levels, "after", 1.0)
    plot.band(np.arange(5.0), levels, np.zeros(5), "after", 0.5)
    assert paths(plot) == [
        "M 10 60 L 20 60 M 40 10 L 40 10",
        "M 10 10 L 20 10 L 20 60 L 10 60 Z M 40 10 L 40 10 Z",
    ]
    plot = drawing()
    plot.curve([1.0], [np.inf], "after", 1.0)
    plot.curve([], [], "after", 1.0)
    plot.band([1.0], [np.nan], [0.0], "after", 1.0)
    assert paths(plot) == []


def test_labels_stand_beside_what_they_name() -> None:
    plot = drawing()
    plot.mark_x(5.0, "1k", grid=True)
    plot.mark_y([-50.0, 0.0])
    plot.name_x(2.5, "7")
    told = [(e.text, e.attrib["x"]) for e in ElementTree.fromstring(plot.inline("a", "a")).iter("text")]  # noqa: S314
    assert told == [("1k", "60"), ("−50", "4"), ("0", "4"), ("7", "35")]
    assert paths(plot) == ["M 60 60 L 60 10", "M 10 60 L 110 60", "M 10 10 L 110 10"]


def test_words_from_outside_are_quoted() -> None:
    plot = drawing()
    plot.name_x(1.0, "<script>")
    element = ElementTree.fromstring(plot.inline('a"b', "<b>&"))  # noqa: S314 - drawn here
    assert element.attrib["aria-label"] == "<b>&"
    assert [text.text for text in element.iter("text")] == ["<script>"]


@pytest.mark.parametrize("value", [0.1 + 0.2, 1 / 3, -0.0001, 1e-9])
def test_numbers_are_short_and_never_minus_nothing(value: float) -> None:
    plot = drawing()
    plot.border(value, "line", 1.0)
    assert all(re.fullmatch(r"\d+(\.\d{1,3})?", number) for number in re.findall(r"[-\d.]+", paths(plot)[0]))
