"""The story in plain functions: what a certificate and its report say of every step."""

import pytest

from pipeline.mastering.steps import master
from pipeline.mastering.workers import ThreadWorkers
from tests.support.music import AlbumFolder, music
from tests.support.sessions import job_of


@pytest.mark.parametrize("names", [("streaming", "cd-wav"), ("vinyl-12in-33",)])
def test_the_compressor_s_gain_reduction_is_certified_and_reported_beside_the_limiter_s(tmp_path, names):
    songs = AlbumFolder(tmp_path / "album")
    songs.manifest["intent"] |= {"compression": "all"}
    songs.add(music(9.0, seed=1)).add(music(8.0, seed=2, level_db=-15.0), gap_s=1.0)
    certificate = master(job_of(songs.folder, names, tmp_path / "out"), ThreadWorkers())
    taken = [account.compression for account in certificate.tracks if account.compression]
    assert len(taken) == 2
    for each in taken:
        assert 0.0 <= each.median_db <= each.heavy_db < 2.5
        assert 0.3 < each.worst_second_db < 2.5
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert page.count("The compressor takes off") == 2
    assert f"more than {taken[0].heavy_db:.1f} dB for 5% of the time" in page


def test_an_album_that_is_not_compressed_says_nothing_of_it(tmp_path):
    songs = AlbumFolder(tmp_path / "album")
    songs.manifest["intent"] |= {"compression": "off"}
    songs.add(music(6.0, seed=1))
    certificate = master(job_of(songs.folder, ("streaming",), tmp_path / "out"), ThreadWorkers())
    assert certificate.tracks[0].compression is None
    assert "The compressor takes off" not in (tmp_path / "out" / "report.html").read_text("utf-8")
