"""The house has rooms: folders that are taken in at a glance, modules and functions that are read at one sitting."""

import ast
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

import formats
from profiles import Profile

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("albums", "profiles", "formats", "pipeline")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
MOST_FILES = 12  # in a folder, its __init__ counted
MOST_LINES = 300  # in a module that does not say why
MOST_LINES_OF_A_FUNCTION = 40
WHY = "Over 300 lines: "  # begins the sentence, in a module's docstring, that says so


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_folder_has_more_files_than_are_taken_in_at_a_glance():
    count = Counter(path.parent for path in MODULES)
    assert {name(folder): files for folder, files in count.items() if files > MOST_FILES} == {}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_and_functions_are_short_or_say_why(path):
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    told = ast.get_docstring(tree) or ""
    assert source.count("\n") <= MOST_LINES or WHY in told, f"{name(path)} is long and does not say why"
    assert source.count("\n") > MOST_LINES or WHY not in told, f"{name(path)} is short by now"
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {each: lines for each, lines in lengths.items() if lines > MOST_LINES_OF_A_FUNCTION} == {}


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=name)
def test_every_test_lies_where_what_it_tests_does(path):
    """`tests/dsp/test_biquad.py` for `pipeline/dsp/biquad.py`; a package's own test may bear the package's name."""
    place = path.relative_to(ROOT / "tests")
    tops = {"test_house.py", "public", "bench", "faults", "fuzz"}
    room = ROOT / place.parts[0] if place.parts[0] in ROOMS else ROOT / "pipeline" / place.parts[0]
    assert place.parts[0] in tops or room.is_dir(), f"{place} is in no room"


def test_every_deliverable_is_known_to_profiles_and_to_formats_alike():
    assert set(formats.FORMATS) == set(get_args(Profile.model_fields["format"].annotation))
    for kind in formats.FORMATS:
        found = formats.named(kind)
        assert all(callable(getattr(found, step)) for step in ("check", "texts", "write", "read"))


def test_the_picture_of_the_rooms_shows_what_is_there():
    page = (ROOT / "pipeline" / "README.md").read_text("utf-8")
    rooms = {path.name for path in (ROOT / "pipeline").iterdir() if (path / "__init__.py").is_file()}
    picture = page[page.index("```") : page.rindex("```")]
    assert set(re.findall(r"(?:^|\| )(\w+)/", picture, flags=re.M)) == rooms
    for room, module in re.findall(r"`(\w+)\.(\w+)", page):
        place = ROOT / "pipeline" / room / module
        assert room not in rooms or place.is_dir() or place.with_suffix(".py").is_file(), (
            f"{room}.{module} is not there"
        )
    for path in re.findall(r"`([\w/]+(?:/|\.py))`", page):
        assert (ROOT / "pipeline" / path).exists() or (ROOT / path).exists(), path
