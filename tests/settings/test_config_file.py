"""Where a config is looked for, what comes before what, and what is refused."""

import os
import random
import re
from pathlib import Path

import pytest

from albums.faults import Refusal
from pipeline.settings import config_file as module
from pipeline.settings.config_file import CONFIG, ConfigFile, config_file, read_settings
from pipeline.settings.schema import NO_SETTINGS

TEXT = """\
deliverables = ["cd-ddp"]
profile_dir = "mine"

[intent]
gap_s = "auto"

[sheets]
studio = "Raum 3"
notes = ["one", "two"]
"""


@pytest.fixture
def platform(tmp_path, monkeypatch):
    """The platform's place for settings, made here."""
    folder = tmp_path / "settings"
    monkeypatch.setattr(module, "user_config_path", lambda *_, **__: folder)
    return folder / CONFIG


def written(path: Path, text: str = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    (path.parent / "mine").mkdir(exist_ok=True)
    return path


def studio(given: Path | None, environment: dict[str, str]) -> str:
    return "".join(read_settings(config_file(given, environment)).sheets.studio)


def test_the_option_comes_before_the_environment_and_that_before_the_platform(tmp_path, platform):
    given, named = (written(tmp_path / name / "c.toml", f'[sheets]\nstudio = "{name}"\n') for name in ("a", "b"))
    written(platform, '[sheets]\nstudio = "c"\n')
    assert studio(given, {"GLASSMASTER_CONFIG": str(named)}) == "a"
    assert studio(None, {"GLASSMASTER_CONFIG": str(named)}) == "b"
    assert studio(None, {}) == studio(None, {"GLASSMASTER_CONFIG": ""}) == "c"


def test_what_a_file_says_is_set(platform):
    settings = read_settings(config_file(None, {"HOME": "x"}))
    assert settings == NO_SETTINGS
    written(platform)
    settings = read_settings(config_file(None, {}))
    assert settings.deliverables == ("cd-ddp",)
    assert settings.intent.gap_s == "auto"
    assert settings.sheets.notes == ("one", "two")
    assert settings.profile_folders == (platform.parent / "mine",)


def test_the_example_of_the_readme_is_one(platform):
    page = (Path(module.__file__).parents[2] / "README.md").read_text("utf-8")
    (text,) = re.findall(
        r"```toml\n(.*?)```", page[page.index("## Your own defaults") : page.index("## Many albums")], re.S
    )
    written(platform, text)
    (platform.parent / "profiles").mkdir()
    settings = read_settings(config_file(None, {}))
    assert settings.intent.high_pass_hz == 25.0
    assert all(getattr(settings.sheets, field) for field in type(settings.sheets).model_fields)


@pytest.mark.parametrize("how", ["--config", "GLASSMASTER_CONFIG"])
def test_a_file_that_is_named_must_be_there(tmp_path, platform, how):
    written(platform)
    missing = tmp_path / "none.toml"
    found = config_file(missing if how == "--config" else None, {"GLASSMASTER_CONFIG": str(missing)})
    with pytest.raises(Refusal) as refusal:
        read_settings(found)
    assert [str(fault) for fault in refusal.value.faults] == [f"{missing}: is not there; {how} names it as your config"]


def test_devnull_is_no_config_whatever_lies_elsewhere(platform):
    written(platform)
    assert studio(Path(os.devnull), {}) == ""
    assert studio(None, {"GLASSMASTER_CONFIG": os.devnull}) == ""


def test_the_platforms_own_place_is_a_whole_path_below_the_home(tmp_path, monkeypatch):
    for name in ("XDG_CONFIG_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = config_file(None, {})
    assert found.path is not None
    assert found.path.is_absolute()
    assert found.path.parts[-2:] == ("glassmaster", CONFIG)


@pytest.mark.parametrize("home", ["~", "."])
def test_without_a_home_nothing_in_the_working_directory_is_taken_for_a_config(tmp_path, monkeypatch, home):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "user_config_path", lambda *_, **__: Path(home, ".config", "glassmaster"))
    written(tmp_path / home / ".config" / "glassmaster" / CONFIG)
    assert config_file(None, {}) == ConfigFile(None, "platform")
    assert read_settings(config_file(None, {})) == NO_SETTINGS


def dangling(path):
    path.parent.mkdir()
    path.symlink_to("nowhere")


def folder(path):
    path.mkdir(parents=True)


def pipe(path):
    path.parent.mkdir()
    os.mkfifo(path)


def large(path):
    written(path, "#" * (2**20 + 1))


def utf_16(path):
    path.parent.mkdir()
    path.write_bytes(TEXT.encode("utf-16"))


def broken(path):
    written(path, TEXT + '\n[sheets\nclient = "x"')


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (dangling, "cannot be read"),
        (folder, "is a folder"),
        (pipe, "is a named pipe"),
        (large, "bytes; at most"),
        (utf_16, "is UTF-16"),
        (broken, "line 11, column 8"),
    ],
)
def test_what_lies_there_and_is_no_config_is_refused(platform, make, words):
    make(platform)
    with pytest.raises(Refusal, match=words) as refusal:
        read_settings(config_file(None, {}))
    assert str(refusal.value).startswith(str(platform))


@pytest.mark.skipif(os.getuid() == 0, reason="root may look everywhere")
def test_a_place_that_may_not_be_looked_into_is_told(platform):
    written(platform)
    platform.parent.chmod(0)
    try:
        with pytest.raises(Refusal, match="Permission denied"):
            read_settings(config_file(None, {}))
    finally:
        platform.parent.chmod(0o700)


def test_mutated_files_are_refused_or_read_and_nothing_worse(platform):
    draw, refused = random.Random(7), 0  # noqa: S311 - a test that can be replayed
    written(platform)
    good = platform.read_bytes()
    for _ in range(400):
        data = bytearray(good)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.choice([draw.randrange(256), 10, 34, 91, 46])
        platform.write_bytes(data)
        try:
            read_settings(config_file(None, {}))
        except Refusal:
            refused += 1
    assert 100 < refused < 400
