"""What is mastered at set-up, so that kernels are compiled, is an album that passes, with something to do for each."""

from pipeline.mastering.check import check_album
from pipeline.mastering.compile_kernels import RATES_HZ, write_album
from pipeline.mastering.workers import ThreadWorkers


def test_its_album_is_mastered_and_has_what_the_searches_find(tmp_path):
    write_album(tmp_path)
    found = check_album(tmp_path, ThreadWorkers())
    assert found.passed
    assert [mix.mix.rate_hz for mix in found.sources.mixes] == list(RATES_HZ)
    assert {defect.kind for mix in found.measured.mixes for defect in mix.defects.faults} >= {
        "click",
        "clipped",
        "dropout",
    }
