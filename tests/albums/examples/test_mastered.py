"""The example albums as they are delivered: files placed end to end are the programme, and nothing clicks at a mark."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from blake3 import blake3
from numpy.typing import NDArray

from albums.examples.compose import compose
from formats import ddp
from pipeline.analysis.analysis import analyse
from pipeline.deliverables.certificate import Certificate
from pipeline.plan.plan import PLAN, Plan
from tests.support.programmes import joined, needs
from tests.support.sessions import session

EXAMPLES = Path(__file__).parents[3] / "albums"
NAMES = ("cd-ddp", "cd-wav", "streaming")
NEAR_S = 0.05
SHOWN = {"PCM_16": 16, "PCM_24": 24}

Samples = NDArray[np.int32]


@dataclass(frozen=True)
class Delivered:
    """An example in its place, and what its certificate says."""

    out: Path
    certificate: Certificate

    def plan(self, name: str) -> Plan:
        return Plan.model_validate_json((self.out / name / PLAN).read_text("utf-8"))


@pytest.fixture(scope="module", params=["night-set", "quiet-rooms"])
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    folder = EXAMPLES / request.param
    if not any((folder / "mixes").glob("*.wav")):
        compose(folder)
    found, out = session(folder), tmp_path_factory.mktemp(request.param)
    certificate = found.deliver(out, *(found.plan(name) for name in NAMES))
    assert certificate.passed
    return Delivered(out, certificate)


def samples(path: Path) -> Samples:
    """A file's samples, right-aligned."""
    bits = SHOWN[soundfile.info(path).subtype]
    found: Samples = soundfile.read(path, dtype="int32", always_2d=True)[0] >> (32 - bits)
    return found


def test_tracks_laid_end_to_end_are_the_programme(example: Delivered) -> None:
    whole = np.concatenate([samples(path) for path in sorted((example.out / "streaming").glob("*.flac"))])
    promise = example.certificate.deliverables["streaming"].promise
    assert promise is not None
    (digest,) = promise.digests
    assert blake3(whole.astype("<i4").tobytes()).hexdigest() == digest


def test_the_disc_is_the_same_as_a_fileset_and_as_a_wav(example: Delivered) -> None:
    (image,) = (example.out / "cd-wav").glob("*.wav")
    (programme,) = ddp.read(example.out / "cd-ddp").programmes
    assert np.array_equal(joined(programme), samples(image))


def test_disc_and_download_part_at_the_same_places(example: Delivered) -> None:
    disc, download = (example.plan(name).programmes[0] for name in ("cd-ddp", "streaming"))
    assert [mark.cd_frame for mark in disc.marks] == [mark.cd_frame for mark in download.marks]
    frames = [len(samples(path)) for path in sorted((example.out / "streaming").glob("*.flac"))]
    unit = example.plan("streaming").rate_hz // 75
    assert list(np.cumsum(frames)[:-1]) == [mark.cd_frame * unit for mark in disc.marks[1:]]


def clicks_s(sound: NDArray[np.float64], rate_hz: int) -> list[float]:
    return [fault.start_s for fault in analyse([sound], rate_hz).defects.faults if fault.kind == "click"]


def test_nothing_clicks_at_a_mark_and_what_would_is_heard(example: Delivered) -> None:
    (programme,) = ddp.read(example.out / "cd-ddp").programmes
    sound = joined(programme) / 2.0**15
    marks_s = [mark.start / 44100 for mark in programme.layout.marks[1:]]

    def heard(clicks: list[float]) -> set[int]:
        return {n for n, mark_s in enumerate(marks_s) for click_s in clicks if abs(click_s - mark_s) < NEAR_S}

    assert heard(clicks_s(sound, 44100)) == set()
    for mark in programme.layout.marks[1:]:
        sound[mark.start] += 0.3
    assert heard(clicks_s(sound, 44100)) == set(range(len(marks_s)))


@needs("md5sum")
def test_md5sum_finds_the_fileset_whole(example: Delivered) -> None:
    told = subprocess.run(
        ["md5sum", "-c", "CHECKSUM.MD5"], cwd=example.out / "cd-ddp", capture_output=True, text=True, check=True,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    assert told.stdout.count(": OK") == 5


@needs("cdrdao")
def test_cdrdao_finds_the_plan_s_places_in_the_toc(example: Delivered) -> None:
    (toc,) = (example.out / "cd-wav").glob("*.toc")
    told = subprocess.run(["cdrdao", "show-toc", toc.name], cwd=toc.parent, capture_output=True, text=True, check=True)
    marks = example.plan("cd-wav").programmes[0].marks
    assert list(_numbers(told.stdout, "START")) == [mark.cd_frame for mark in marks]
    pregaps = [mark.cd_frame - mark.pause_cd_frame for mark in marks if mark.pause_cd_frame is not None]
    assert list(_numbers(told.stdout, "PREGAP")) == pregaps


def _numbers(told: str, word: str) -> Iterator[int]:
    for line in told.splitlines():
        if line.split()[:1] == [word]:
            yield int(line.split("(")[1].rstrip(") "))
