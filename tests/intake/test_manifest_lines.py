"""The commented lines of a new manifest: uncommented as they stand, each and all, they are valid."""

import re
from pathlib import Path

import albums
from albums import Intent
from pipeline.intake.manifest_lines import of_intent
from pipeline.intake.new_manifest import write_manifest
from tests.support.sound_files import mix

LINE = re.compile(r"# ([a-z_]+ = .*)")


def lines_of(folder: Path) -> list[str]:
    mix(folder / "01 Rain.wav")
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


def test_all_lines_at_once_are_valid_and_the_intent_s_change_nothing(tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    (tmp_path / "album.toml").write_text("\n".join(LINE.sub(r"\1", line) for line in lines), "utf-8")
    album = albums.load(tmp_path)
    assert album.intent == Intent()
    assert album.release.label == "Name of the Label"
    assert (album.tracks[0].gap_s, album.tracks[0].explicit) == (3.0, True)


def test_every_key_of_the_intent_has_a_line(tmp_path: Path) -> None:
    assert [line.key for line in of_intent()] == list(Intent.model_fields)
    assert all(line.words for line in of_intent())
    told = "\n".join(lines_of(tmp_path))
    assert '# compression = "auto"' in told
    assert "# mono_below_hz: " in told
    assert not re.search(r"None|= \(\)|= auto", told)


def test_every_key_of_the_album_and_of_a_track_is_told(tmp_path: Path) -> None:
    told = "\n".join(lines_of(tmp_path))
    inherited = {"songwriter", "composer", "arranger"}
    for key in (
        {*albums.Release.model_fields, *albums.Track.model_fields} - inherited - {"gain_db", "eq", "tone_exempt"}
    ):
        assert re.search(rf"\b{key}\b", told), key
