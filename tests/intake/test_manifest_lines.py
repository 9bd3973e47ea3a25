"""The commented lines of a new manifest: uncommented as they stand, each and all, they are valid."""

import re
from pathlib import Path

import pytest

import albums
from albums import Intent
from pipeline.intake.manifest_lines import of_intent
from pipeline.intake.new_manifest import write_manifest
from tests.support.sound_files import mix

LINE = re.compile(r"# ([a-z_]+ = .*)")


def lines_of(folder: Path) -> list[str]:
    mix(folder / "01 Rain.wav")
    mix(folder / "02 Sun.wav")
    write_manifest(folder)
    return (folder / "album.toml").read_text("utf-8").splitlines()


def test_each_line_without_its_number_sign_is_valid_as_it_stands(tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    commented = [index for index, line in enumerate(lines) if LINE.fullmatch(line)]
    assert len(commented) > 20
    for index in commented:
        (tmp_path / "album.toml").write_text(
            "\n".join([*lines[:index], lines[index][2:], *lines[index + 1 :]]), "utf-8"
        )
        albums.load(tmp_path)


def test_all_lines_at_once_are_valid_and_the_intent_s_change_what_is_off_alone(tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    (tmp_path / "album.toml").write_text("\n".join(LINE.sub(r"\1", line) for line in lines), "utf-8")
    album = albums.load(tmp_path)
    assert album.intent == Intent(mono_below_hz=120.0, high_pass_hz=25.0)
    assert album.release.label == "Name of the Label"
    assert (album.tracks[0].gap_s, album.tracks[0].explicit) == (3.0, True)
    assert album.tracks[1].crossfade_s == 4.0


def test_every_key_of_the_intent_has_a_line(tmp_path: Path) -> None:
    assert [line.key for line in of_intent()] == list(Intent.model_fields)
    assert all(line.words for line in of_intent())
    told = "\n".join(lines_of(tmp_path))
    assert '# compression = "auto"' in told
    assert "# target_curve: " in told
    assert not re.search(r"None|= \(\)|= auto", told)


@pytest.mark.parametrize("model", [albums.Release, albums.Track, Intent, albums.SheetTexts])
def test_every_key_can_be_uncommented_but_those_that_name_a_file_that_is_not_there(
    tmp_path: Path, model: type[albums.Release | albums.Track | Intent | albums.SheetTexts]
) -> None:
    lines = lines_of(tmp_path)
    valid = {line.removeprefix("# ").split(" = ")[0] for line in lines if " = " in line}
    in_words = {"cover", "reference", "target_curve", "crossfade_shape"}
    assert set(model.model_fields) - in_words <= valid
    assert all(re.search(rf"\b{key}: ", "\n".join(lines)) for key in {"cover", "reference", "target_curve"})


def test_a_key_that_is_written_has_no_line(tmp_path: Path) -> None:
    mix(tmp_path / "01 Rain.flac", artist="Ann", genre="Folk", label="Haus", composer="Bo", isrc="GBXXX2600001")
    write_manifest(tmp_path)
    text = (tmp_path / "album.toml").read_text("utf-8")
    assert len(re.findall(r"^(# )?label = ", text, re.MULTILINE)) == 1
    assert "# composer = " in text.partition("[[tracks]]")[0]
    assert "# composer = " not in text.partition("[[tracks]]")[2]


def test_deliverables_that_a_config_names_hold_until_the_line_is_uncommented(tmp_path: Path) -> None:
    mix(tmp_path / "01 Rain.wav")
    write_manifest(tmp_path, own=("cd-ddp", "mine"))
    text = (tmp_path / "album.toml").read_text("utf-8")
    assert "deliverables" not in albums.load(tmp_path).model_fields_set
    (tmp_path / "album.toml").write_text(text.replace("# deliverables", "deliverables"), "utf-8")
    assert albums.load(tmp_path).deliverables == ("cd-ddp", "mine")
