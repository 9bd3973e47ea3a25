"""No more memory is given out than there is, in the order in which it is asked for."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.batch.admission import AT_HZ, ENCODER_BYTES, MIX_BYTES, PROCESS_BYTES, Admission, memory_needed_bytes
from pipeline.mastering.opening import open_album
from profiles import load
from profiles.parts import CodecCheck
from tests.support.music import AlbumFolder, music


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 150), st.booleans()), min_size=1, max_size=12))
def test_what_is_inside_never_exceeds_the_budget_unless_it_is_alone(albums):
    admission, lock, inside, wrong = Admission(100), Lock(), list[tuple[int, bool]](), list[object]()

    def work(needs_bytes: int, alone: bool) -> None:
        taken = admission.enter(needs_bytes, Event(), alone=alone)
        with lock:
            inside.append((needs_bytes, alone))
            if len(inside) > 1 and (sum(each for each, _ in inside) > 100 or any(alone for _, alone in inside)):
                wrong.append([*inside])
        time.sleep(0.001)
        with lock:
            inside.remove((needs_bytes, alone))
        admission.leave(taken)

    with ThreadPoolExecutor(12) as pool:
        assert [*pool.map(lambda each: work(*each), albums)] == [None] * len(albums)
    assert wrong == []


def test_one_that_waits_is_let_go_by_a_stop_and_keeps_nobody_waiting():
    admission, stop = Admission(10), Event()
    first = admission.enter(10, Event())
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(admission.enter, 10, stop)
        behind = pool.submit(admission.enter, 1, Event())
        stop.set()
        assert waiting.result() == []
        admission.leave(first)
        assert behind.result() == [1]


def test_what_an_album_needs_grows_with_its_rate_and_what_is_done_at_once_and_not_with_its_length(tmp_path):
    def needed(name: str, seconds: float, rate_hz: int, count: int, deliverables: int, processors: int) -> int:
        songs = AlbumFolder(tmp_path / name)
        for seed in range(count):
            songs.add(music(seconds, rate_hz, seed=seed), rate_hz)
        return memory_needed_bytes(open_album(songs.folder), [load("cd-ddp")] * deliverables, processors)

    short = needed("short", 1.0, AT_HZ, 2, 1, 2)
    assert short == PROCESS_BYTES + 2 * MIX_BYTES
    assert needed("long", 9.0, AT_HZ, 2, 1, 2) == short
    assert needed("high", 1.0, 2 * AT_HZ, 2, 1, 2) == PROCESS_BYTES + 4 * MIX_BYTES
    assert needed("many", 1.0, AT_HZ, 4, 4, 4) > short
    assert needed("one", 1.0, AT_HZ, 4, 4, 1) < short


def test_what_is_encoded_takes_memory_for_each_encoder_that_is_at_work(tmp_path):
    songs = AlbumFolder(tmp_path)
    songs.add(music(1.0, 44100), 44100)
    opened, plain = open_album(songs.folder), load("cd-ddp")
    encoded = plain.model_copy(
        update={"codec_check": CodecCheck(codecs=("mp3-320",), ceiling_dbtp=-1.0, source="taste")}
    )
    more = memory_needed_bytes(opened, [plain, encoded], 2) - memory_needed_bytes(opened, [plain, plain], 2)
    assert more == 2 * ENCODER_BYTES
