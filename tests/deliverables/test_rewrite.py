"""New texts on the same sound: byte for byte what a render would give, from the delivered files and nothing else."""

import re
import shutil
from dataclasses import replace

import pytest
import soundfile

from albums.faults import Refusal
from formats.flac import flac_file
from pipeline.deliverables import make as module
from pipeline.deliverables.figures import figures_of
from pipeline.deliverables.make import make
from pipeline.deliverables.output_folder import SUPERSEDED
from pipeline.deliverables.rewrite import rewrite
from pipeline.system.progress import Stopped
from profiles import load
from tests.support.music import AlbumFolder, music
from tests.support.pictures import picture
from tests.support.sessions import below, contents, session

LOSSY = ("mp3-v0", "aac-256", "opus-128", "vorbis-q5")
PROFILES = ("cd-ddp", "cd-wav", "streaming", "vinyl-12in-33", "streaming-16", *LOSSY)


def songs_in(folder, *, several):
    """Two short songs, the first with a hidden track before it; `several`: each on a side and a disc of its own."""
    apart = [{"side": "A", "disc": 1}, {"side": "B", "disc": 2}] if several else [{}, {}]
    songs = AlbumFolder(folder)
    songs.add(music(4.5, seed=1), pregap={"silence_s": 2.5}, **apart[0])
    return songs.add(music(4.5, seed=2, level_db=-15.0), gap_s=0.5, **apart[1])


def renamed(songs):
    """Other words everywhere, and a cover where there was none."""
    songs.manifest["album"] |= {"title": "Second Pressing", "artist": "Others", "label": "A Label", "cover": "c.jpg",
                                "upc": "4006381333931", "catalogue_number": "GM-002"}  # fmt: skip
    songs.manifest["sheets"] = {"client": "A Label", "contact": ["+49 30 1234", "a@label.example"]}
    songs.manifest["tracks"][0] |= {"title": "Renamed / Again", "isrc": "QZGLM2699999", "composer": "C"}
    songs.manifest["tracks"][1] |= {"title": "夜の歌", "explicit": True}
    (songs.folder / "c.jpg").write_bytes(picture())
    songs.write()


@pytest.fixture(scope="module", params=[False, True], ids=["one", "several"])
def pressings(request, tmp_path_factory):
    """An album measured, and the same album renamed."""
    songs = songs_in(tmp_path_factory.mktemp("songs") / "album", several=request.param)
    first = session(songs.folder)
    renamed(songs)
    return first, session(songs.folder)


def profile_called(name):
    shipped = load(name.removesuffix("-16"))
    bits = 16 if name.endswith("-16") else shipped.pcm.bits
    return shipped.model_copy(update={"name": name, "pcm": shipped.pcm.model_copy(update={"bits": bits})})


@pytest.mark.parametrize("name", PROFILES)
def test_new_texts_give_the_bytes_that_a_render_gives(pressings, tmp_path, name, monkeypatch):
    first, second = pressings
    before, after = (each.plan(profile_called(name)) for each in pressings)
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    earlier = make(first.album, before, first.mixes, out)
    first.certify(out, [earlier], [before])
    stood = below(name, contents(out))
    wanted = make(second.album, after, second.mixes, fresh)
    for untouched in ("render", "drive_search", "AssemblyCache"):
        monkeypatch.delattr(module, untouched)
    found = rewrite(second.album, after, out, earlier)
    assert found.deliverable.passed
    assert below(name, contents(out)) == contents(fresh) != stood
    assert (found.name, found.deliverable, found.compressions) == (wanted.name, wanted.deliverable, wanted.compressions)
    assert [*map(figures_of, found.tracks)] == [*map(figures_of, wanted.tracks)]
    assert not (out / SUPERSEDED).exists()


@pytest.fixture(scope="module")
def standing(pressings, tmp_path_factory):
    """The first pressing as it was delivered for streaming: its receipt, and where it lies."""
    first, _ = pressings
    out = tmp_path_factory.mktemp("standing")
    return make(first.album, first.plan(), first.mixes, out), out


@pytest.fixture
def copied(standing, tmp_path):
    """The same, to be changed."""
    receipt, out = standing
    shutil.copytree(out, tmp_path, dirs_exist_ok=True)
    return receipt, tmp_path


def test_other_samples_than_were_promised_are_not_put_in_place(pressings, copied):
    """As read from files that were exchanged after they were looked at: the promise is of the render, not of these."""
    _, second = pressings
    receipt, out = copied
    one = min((out / "streaming").glob("*.flac"))
    tags = flac_file.opened(one).pairs
    sound, rate_hz = soundfile.read(one, dtype="int32")
    sound[1000] ^= 1 << 8
    soundfile.write(one, sound, rate_hz, "PCM_24", format="FLAC")
    flac_file.tag(one, tags, None)
    before = contents(out)
    found = rewrite(second.album, second.plan(), out, receipt)
    assert [finding.quantity for finding in found.deliverable.findings if not finding.passed] == ["samples"]
    assert not found.deliverable.files
    assert contents(out) == before


def test_what_cannot_be_read_is_refused_and_left(pressings, copied):
    _, second = pressings
    receipt, out = copied
    file = next((out / "streaming").glob("*.flac"))
    file.write_bytes(file.read_bytes()[:100])
    before = contents(out)
    with pytest.raises(Refusal, match=re.escape(file.name)):
        rewrite(second.album, second.plan(), out, receipt)
    assert contents(out) == before


def test_a_rewrite_that_is_stopped_leaves_what_stood_there(pressings, copied):
    _, second = pressings
    receipt, out = copied
    before, heard = contents(out), list[float]()

    def stopping(sound_s):
        heard.append(sound_s)
        if sum(heard) > 12.0:
            raise Stopped

    with pytest.raises(Stopped):
        rewrite(second.album, second.plan(), out, receipt, stopping)
    assert contents(out) == before


def test_a_cover_that_was_replaced_meanwhile_is_refused(pressings, copied):
    _, second = pressings
    receipt, out = copied
    before = contents(out)
    with pytest.raises(Refusal, match="replaced during the run"):
        rewrite(second.album, second.plan(), out, receipt, cover_sha256="0" * 64)
    assert contents(out) == before


def test_without_a_promise_nothing_is_rewritten(pressings, copied):
    _, second = pressings
    receipt, out = copied
    bare = replace(receipt, deliverable=receipt.deliverable.model_copy(update={"promise": None}))
    with pytest.raises(ValueError, match="promised"):
        rewrite(second.album, second.plan(), out, bare)
