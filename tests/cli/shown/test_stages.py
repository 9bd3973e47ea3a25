import pytest

from pipeline.cli.shown.stages import Piece, Stage, Stages


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


def album(clock):
    return Stages(
        [
            Stage("hashing", "hashing 2 recordings"),
            Stage(
                "measuring", "measuring 2 recordings", {"1": Piece("Lamplight", 10.0), "2": Piece("Stairwell", 10.0)}
            ),
            Stage("deciding", "deciding"),
            Stage("rendering", "rendering cd", {"cd": Piece("cd", 20.0)}),
            Stage("certifying", "certifying"),
        ],
        clock,
    )


def test_one_run_is_one_fraction_and_one_line_of_words():
    stages = album(clock := Clock())
    assert (stages.words, stages.fraction, stages.left_s) == ("hashing 2 recordings", 0.0, None)
    assert stages.begin("1", 50.0), "a stage begins"
    assert not stages.begin("2", 50.0)
    assert stages.words == "measuring 2 of 2: Stairwell"
    clock.now_s = 10.0
    stages.advance("1", 50.0)
    assert stages.fraction == pytest.approx(0.25, abs=0.01), "a piece waits near its end until it is done"
    assert stages.left_s == pytest.approx(30.0, rel=0.05)
    assert not stages.end("1")
    assert stages.end("2"), "another begins: nothing was left to be measured"
    assert stages.words == "deciding"
    stages.begin("cd", 300.0)
    assert stages.words == "rendering 1 of 1: cd"
    stages.end("cd")
    assert (stages.words, stages.fraction, stages.left_s) == ("certifying", 1.0, 0.0)


def test_what_was_remembered_is_done_and_no_measure_of_how_fast_it_goes():
    stages = album(clock := Clock())
    clock.now_s = 3.0
    stages.begin("cd", 300.0)
    stages.advance("cd", 1.0)
    clock.now_s = 5.5
    assert stages.left_s is None, "too little was worked for that"
    stages.advance("cd", 149.0)
    clock.now_s = 23.0
    assert stages.fraction == pytest.approx(0.75)
    assert stages.left_s == pytest.approx(20.0)
    assert stages.begun("measuring") == set()
    assert stages.begun("rendering") == {"cd"}


def test_work_that_nobody_foresaw_is_named_and_its_sound_counted():
    stages = Stages([Stage("extracting", "extracting a disc")], clock := Clock())
    stages.begin("extract", 0.0)
    stages.advance("extract", 3.0)
    clock.now_s = 60.0
    assert (stages.words, stages.fraction, stages.left_s, stages.done_s) == ("extract", None, None, 3.0)
    stages.end("extract")
    assert stages.words == "extracting a disc"
