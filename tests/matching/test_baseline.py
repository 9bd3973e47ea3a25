"""The baseline: the same after a journey as JSON, refused when broken; with it a bonus track changes nothing."""

import json

import numpy as np
import pytest
import soundfile

from albums import SIGNATURE
from albums.faults import Refusal
from pipeline.mastering.standing.freeze import freeze
from pipeline.matching.baseline import FEWEST_BANDS, Baseline, baseline_of, read_baseline
from pipeline.matching.treatments import treat
from profiles import load
from tests.support.music import music, three_songs
from tests.support.sessions import contents, session

ONE = {"centre_db": (0.0,) * 30, "farthest_db": 12.0, "target": "centre", "target_db": (0.0,) * 30,
       "loud_end_lufs": -20.0, "range_lu": 5.0, "dither_seed": 1}  # fmt: skip


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    folder = three_songs(tmp_path_factory.mktemp("songs") / "album")
    return folder.folder, session(folder.folder)


def test_it_is_the_same_after_a_journey_as_json(songs, tmp_path):
    _, found = songs
    signature = baseline_of(found.album, found.used, found.before)
    (tmp_path / SIGNATURE).write_text(signature.json_text(), "utf-8")
    assert read_baseline(tmp_path) == signature
    assert signature.digest() == signature.model_copy(update={"drives_db": {"streaming": 1.0}}).digest()


def test_without_one_there_is_none(tmp_path):
    assert read_baseline(tmp_path) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"loud_end_lufs": "loud"}, "signature.json: loud_end_lufs"),
        ({"centre_db": []}, "signature.json: centre_db"),
        ({"target_db": [0.0] * 28}, "signature.json: target_db"),
        ({"target_db": [0.0] * 31}, "signature.json: target_db"),
        ({"centre_db": [0.0] * 29 + [1e9]}, "signature.json: centre_db[30]"),
        ({"drives_db": {"streaming": 999.0}}, "signature.json: drives_db.streaming"),
        ({"anything": 1}, "signature.json: anything"),
    ],
)
def test_a_broken_one_is_refused_with_its_place(tmp_path, change, told):
    (tmp_path / SIGNATURE).write_text(json.dumps(ONE | change))
    with pytest.raises(Refusal) as refused:
        read_baseline(tmp_path)
    assert refused.value.faults[0].where == told


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path, text):
    (tmp_path / SIGNATURE).write_bytes(text)
    with pytest.raises(Refusal):
        read_baseline(tmp_path)


def test_what_is_no_file_is_refused_and_no_link_is_written_through(songs, tmp_path):
    _, found = songs
    (tmp_path / SIGNATURE).symlink_to("/dev/zero")
    with pytest.raises(Refusal, match="is a device, no file"):
        read_baseline(tmp_path)
    (tmp_path / SIGNATURE).unlink()
    (tmp_path / SIGNATURE).symlink_to(tmp_path / "elsewhere")
    linked = found.album.model_copy(update={"folder": tmp_path})
    with pytest.raises(Refusal, match="the album is frozen"):
        freeze(linked, found.spacing, found.before, [], [found.plan("streaming")], tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_frozen_and_not_frozen_treat_alike(songs):
    _, found = songs
    signature = baseline_of(found.album, found.used, found.before)
    again = Baseline.model_validate_json(signature.json_text())
    assert treat(found.album, found.used, found.before, again) == treat(
        found.album, found.used, found.before, signature
    )


def test_mixes_at_the_lowest_rate_have_bands_enough(album_folder):
    for seed in (1, 2, 3):
        album_folder.add(music(5.0, 32_000, seed=seed), 32_000)
    found = session(album_folder.folder)
    assert len(baseline_of(found.album, found.used, found.before).centre_db) == FEWEST_BANDS


def test_a_bonus_track_leaves_what_was_shipped_as_it_was(album_folder, tmp_path):
    for seed in (1, 2, 3):
        album_folder.add(music(6.0, seed=seed, level_db=-16.0 - 2 * seed), gap_s=1.0)
    shipped = session(album_folder.folder)
    profile = load("streaming")
    certificate = shipped.deliver(tmp_path / "masters", shipped.plan(profile))
    plans, promise = [shipped.plan(profile)], certificate.deliverables["streaming"].promise
    frozen = freeze(shipped.album, shipped.spacing, shipped.before, [], plans, tmp_path / "masters")
    assert promise is not None
    assert frozen.drives_db == {"streaming": promise.drive_db}

    album_folder.add(music(6.0, seed=8, level_db=-30.0, tilt=1.6), gap_s=1.0)
    longer = session(album_folder.folder)
    assert longer.plan(profile).treatments[:3] == shipped.plan(profile).treatments
    assert any("as it was released, which signature.json keeps" in reason for reason in longer.plan(profile).reasons)
    longer.deliver(tmp_path / "again", longer.plan(profile))
    before, after = (samples_by_file(tmp_path / name / "streaming") for name in ("masters", "again"))
    assert len(after) == len(before) + 1
    assert all(np.array_equal(after[name], before[name]) for name in before if name != last(before))
    end = len(before[last(before)])
    assert np.array_equal(after[last(before)][:end], before[last(before)])  # and then the pause before the bonus

    without = baseline_of(longer.album, longer.used, longer.before)
    assert (
        treat(longer.album, longer.used, longer.before, without).treatments[:3] != longer.plan(profile).treatments[:3]
    )


def test_an_album_is_frozen_once(songs, tmp_path):
    folder, found = songs
    plans = [found.plan("streaming")]
    assert freeze(found.album, found.spacing, found.before, [], plans, tmp_path) == read_baseline(folder)
    before = contents(folder)[SIGNATURE]
    with pytest.raises(Refusal, match="the album is frozen"):
        freeze(found.album, found.spacing, found.before, [], plans, tmp_path)
    assert contents(folder)[SIGNATURE] == before
    (folder / SIGNATURE).unlink()


def test_masters_of_another_album_are_no_masters_of_this(songs, finished):
    folder, found = songs
    other = found.album.model_copy(update={"intent": found.album.intent.model_copy(update={"gap_s": 9.0})})
    with pytest.raises(Refusal, match="are not masters of this album as it is now"):
        freeze(other, found.spacing, found.before, [], [found.plan("streaming")], finished)
    assert not (folder / SIGNATURE).exists()


def samples_by_file(folder):
    return {path.name: soundfile.read(path, dtype="int32")[0] for path in sorted(folder.glob("*.flac"))}


def last(files):
    return max(files)


EARLIER = """
{"version": 1, "centre_db": [-28.42, -26.13, -18.98, -0.85, -3.94, -9.76, -7.17, -9.0, -4.36, -1.47, -2.28,
-0.26, 1.24, -0.32, 1.05, 3.28, 2.23, 1.96, -1.26, -2.49, -2.52, -3.62, -6.06, -7.9, -10.18, -11.57, -14.87,
-18.21, -25.16, -33.38], "farthest_db": 19.0, "target": "centre", "target_db": [-28.42, -26.13, -18.98, -0.85,
-3.94, -9.76, -7.17, -9.0, -4.36, -1.47, -2.28, -0.26, 1.24, -0.32, 1.05, 3.28, 2.23, 1.96, -1.26, -2.49,
-2.52, -3.62, -6.06, -7.9, -10.18, -11.57, -14.87, -18.21, -25.16, -33.38], "loud_end_lufs": -19.2,
"range_lu": 6.66, "dither_seed": 2270105254066477121, "drives_db": {}}
"""  # signature.json of quiet-rooms as the release before the rooms wrote it


def test_a_signature_of_an_earlier_release_is_read_and_written_alike_but_for_its_seed(tmp_path):
    """The seed is text by now: JavaScript would round the number to 2270105254066477000."""
    (tmp_path / SIGNATURE).write_text(EARLIER, "utf-8")
    baseline = read_baseline(tmp_path)
    assert baseline is not None
    assert json.loads(baseline.json_text()) == json.loads(EARLIER) | {"dither_seed": "2270105254066477121"}
    (tmp_path / SIGNATURE).write_text(baseline.json_text(), "utf-8")
    assert read_baseline(tmp_path) == baseline
    for wrong in ("-1", "1e3", str(2**63), "", "9" * 5000):
        (tmp_path / SIGNATURE).write_text(EARLIER.replace("2270105254066477121", json.dumps(wrong)), "utf-8")
        with pytest.raises(Refusal, match="dither_seed"):
            read_baseline(tmp_path)
