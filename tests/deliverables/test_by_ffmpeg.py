"""What lies in the files, as FFmpeg reads it: as loud as promised, under its ceiling, and dithered."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

import formats
from formats.ddp.extract import extract
from pipeline.dsp.decibels import amplitude
from pipeline.rendering.assembly_cache import AssemblyCache
from tests.support.music import RATE_HZ, AlbumFolder, music
from tests.support.programmes import needs
from tests.support.sessions import profile_of, rendered, session

PROFILES = {
    "cd-wav": profile_of("cd-wav"),
    "streaming": profile_of("streaming"),
    "loud": profile_of("streaming", target_lufs=-9.0),
    "vinyl-12in-33": profile_of("vinyl-12in-33"),
}
METER = "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-"
PRINTED = 0.0005  # half of the last decimal


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """Three songs of high crests, which no profile leaves as they are."""
    folder = AlbumFolder(tmp_path_factory.mktemp("crests") / "album")
    for seed in (1, 2, 3):
        folder.add(music(8.0, seed=seed, level_db=-22.0 + seed), gap_s=1.0)
    return session(folder.folder)


def by_ffmpeg(path: Path, start: int, stop: int) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak, an amplitude, of these frames of a file."""
    graph = f"atrim=start_sample={start}:end_sample={stop},{METER}"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(path), "-af", graph, "-f", "null", "-"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    peaks = [float(peak) for peak in re.findall(r"lavfi\.r128\.true_peaks_ch\d=(.+)", printed)]
    return float(re.findall(r"lavfi\.r128\.I=(.+)", printed)[-1]), max(peaks)


@needs("ffmpeg")
@pytest.mark.parametrize("name", PROFILES)
def test_every_file_reads_as_promised(songs, tmp_path, name):
    plan = songs.plan(PROFILES[name])
    assert songs.deliver(tmp_path, plan).passed
    reading = formats.named(plan.profile.format).read(tmp_path / plan.profile.name)
    sounds = sorted(path for path in (tmp_path / plan.profile.name).iterdir() if path.suffix in (".wav", ".flac"))
    spans = [(start, stop) for each in reading.programmes for _, start, stop in each.layout.spans()]
    if len(sounds) == 1:
        pieces = [(sounds[0], *span) for span in spans]
    elif len(sounds) == len(spans):
        pieces = [(path, 0, stop - start) for path, (start, stop) in zip(sounds, spans, strict=True)]
    else:
        pieces = [(path, 0, each.layout.frames) for path, each in zip(sounds, reading.programmes, strict=True)]
    heard = [by_ffmpeg(*piece) for piece in pieces]
    level = plan.profile.level
    assert 0.5 < max(peak for _, peak in heard) <= amplitude(level.ceiling_dbtp) + PRINTED
    if level.target_lufs is not None:
        assert level.anchor == "loudest-track"
        assert max(lufs for lufs, _ in heard) == pytest.approx(level.target_lufs, abs=0.05)


@pytest.mark.parametrize("name", PROFILES)
def test_no_output_is_cut_off_without_dither(tmp_path, name):
    """A tone under the last bit stays a tone: what is added to it has no mean and nothing in common with it."""
    profile = PROFILES[name]
    quiet_s = 12.0
    time_s = np.arange(round(quiet_s * RATE_HZ)) / RATE_HZ
    tone = 0.5 * 2.0**-profile.pcm.bits * np.sin(2 * np.pi * 997.0 * time_s)
    folder = AlbumFolder(tmp_path / "album")
    loud = [music(6.0, seed=seed, level_db=-20.0) for seed in (1, 2)]
    folder.add(np.concatenate([loud[0], np.stack([tone, -tone], axis=1), loud[1]]), subtype="DOUBLE")
    songs = session(folder.folder)
    plan = songs.plan(profile)
    rendering = rendered(plan, songs.mixes, tmp_path / "reels")
    (programme,) = rendering.album.programmes
    assembled = AssemblyCache(tmp_path / "again", [plan]).assembled(plan, plan.programmes[0], songs.mixes)
    steps = amplitude(rendering.album.drive_db) * 2.0 ** (profile.pcm.bits - 1)
    wanted = np.concatenate(list(assembled.samples())) * steps
    begin_s = 6.0 + (plan.programmes[0].clips[0].start - plan.treatments[0].start) / RATE_HZ
    quiet = slice(*(round((begin_s + share * quiet_s) * plan.rate_hz) for share in (0.2, 0.9)))
    wanted, error = wanted[quiet], (np.concatenate(list(programme.blocks())) - wanted)[quiet]
    assert 0.1 < np.abs(wanted).max() < 2.0
    for channel in range(2):
        off, signal = error[:, channel], wanted[:, channel]
        assert off.std() > 0.4, "a triangle of two steps has 0.41, and what rounds it 0.29 besides"
        assert abs(off.mean()) < 4.0 * off.std() / np.sqrt(len(off))
        kinship = np.mean(off * signal) / np.sqrt(np.mean(off**2) * np.mean(signal**2))
        assert abs(kinship) < 5.0 / np.sqrt(len(off))


@needs("ffmpeg")
def test_a_hidden_track_does_not_count_for_the_track_behind_it(tmp_path):
    """Longer and quieter, it would pull down what the first track reads; heard by itself it changes nothing."""
    folder = AlbumFolder(tmp_path / "album")
    soundfile.write(folder.folder / "hidden.wav", music(20.0, seed=5, level_db=-24.0), RATE_HZ, subtype="DOUBLE")
    folder.manifest["intent"] |= {"level_match": 0.0, "tone_match": 0.0}
    folder.add(music(9.0, seed=1, level_db=-16.0), pregap={"mix": "hidden.wav"})
    folder.add(music(9.0, seed=2, level_db=-30.0), gap_s=1.0)
    songs = session(folder.folder)
    plan = songs.plan("cd-ddp")
    certificate = songs.deliver(tmp_path / "out", plan)
    assert certificate.passed
    places = {finding.where for finding in certificate.deliverables["cd-ddp"].findings}
    assert {"before track 1", "tracks[1]", "tracks[2]"} <= places
    extract(tmp_path / "out" / "cd-ddp", tmp_path / "tracks")
    files = sorted((tmp_path / "tracks").glob("*.wav"))
    hidden, first, second = (by_ffmpeg(file, 0, soundfile.info(file).frames)[0] for file in files)
    assert first == pytest.approx(-11.0, abs=0.06)
    assert max(hidden, second) < first
    assert certificate.tracks[0].after["cd-ddp"].integrated_lufs == pytest.approx(first, abs=0.02)
