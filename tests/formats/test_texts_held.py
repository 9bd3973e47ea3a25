"""What a kind of deliverable has no place for is told, never dropped in silence."""

import pytest

from formats import judged, named
from profiles import load, names
from tests.support.programmes import album, layout


@pytest.mark.parametrize("name", [name for name in names() if load(name).format in ("cue", "ddp", "lathe")])
def test_a_disc_and_a_record_tell_what_they_have_no_place_for(name: str) -> None:
    profile = load(name)
    of = album("One", "Two", lyricist=("Ann",), phonogram="2026 G", tracks=[{"iswc": "T0345246801"}, {}])
    laid = layout([(0, None), (600_000, None)], 1_200_000, 44100)
    told = [fault.words for fault in named(profile.format).check(of, [laid]) if "has no place for" in fault.words]
    assert len(told) == 1
    assert "lyricist, iswc, phonogram" in told[0]
    assert not [f for f in named(profile.format).check(album("One", "Two"), [laid]) if "no place for" in f.words]


def test_tags_have_a_place_for_all() -> None:
    of = album("One", lyricist=("Ann",), phonogram="2026 G", tracks=[{"iswc": "T0345246801"}])
    laid = layout([(0, None)], 90_000, 44100, 24)
    for name in ("streaming", "broadcast-wav", "mp3-320", "aac-256"):
        profile = load(name)
        own = laid if profile.lossy is None else laid.__class__(44100, 24, 90_000, laid.marks, codec=profile.lossy.name)
        assert not [fault for fault in judged(profile, of, [own]) if "no place for" in fault.words]
