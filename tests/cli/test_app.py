"""The command line as its user meets it: messages, exit codes, JSON. The main job itself is in flows/test_master.py."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.cli.options import BAD_INPUT, PASSED, STOPPED
from pipeline.cli.shown.run_stages import stages_of
from pipeline.mastering.check import check_opened
from pipeline.mastering.opening import open_album
from pipeline.mastering.workers import ThreadWorkers
from pipeline.sequencing.album_sequence import sequence_album
from pipeline.system.progress import CallbackWatcher, JobProgress, Progress
from profiles import names
from tests.support.music import RATE_HZ, music, three_songs

COMMANDS = (
    "approve",
    "batch",
    "check",
    "config",
    "deliver",
    "master",
    "new",
    "plan",
    "profiles",
    "schema",
    "serve",
    "services",
    "tag",
    "verify",
)
OF_FILESETS = ("show", "extract")


def test_every_command_has_a_help_text():
    runner = CliRunner()
    assert len(app.app.registered_commands) == len(COMMANDS)
    assert len(app.filesets.registered_commands) == len(OF_FILESETS)
    for words in (*([name] for name in COMMANDS), *(["ddp", name] for name in OF_FILESETS)):
        result = runner.invoke(app.app, [*words, "--help"])
        assert result.exit_code == 0
        assert len(result.output) > 200


def test_check_passes_a_sound_album(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    code, out, _ = typed("check", songs.folder)
    assert code == PASSED
    assert "Song 3" in out


def test_check_prints_one_json_document(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    code, out, _ = typed("check", songs.folder, "--json")
    document = json.loads(out)
    assert code == PASSED
    assert document["passed"] is True
    assert [track["title"] for track in document["tracks"]] == ["Song 1", "Song 2", "Song 3"]
    assert -22 < document["tracks"][0]["integrated_lufs"] < -18
    assert document["album"]["loudest"] in (1, 2, 3)
    assert document["tracks"][0]["defects"] == []


def test_check_lists_every_defect_with_its_place_and_figure(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    sound, rate_hz = soundfile.read(songs.folder / "mixes/02.wav")
    clicks = range(rate_hz, 4 * rate_hz, rate_hz // 4)
    sound[list(clicks), 0] = 0.95
    soundfile.write(songs.folder / "mixes/02.wav", sound, rate_hz, subtype="PCM_24")
    code, out, err = typed("check", songs.folder, "--json")
    defects = json.loads(out)["tracks"][1]["defects"]
    assert code == PASSED
    assert [defect["kind"] for defect in defects] == ["click"] * len(clicks)
    assert [round(defect["start_s"], 3) for defect in defects] == [round(click / rate_hz, 3) for click in clicks]
    assert err.count("tracks[2].mix") == 4
    assert "And 9 more of this kind (click)" in err


def spoil_missing(songs):
    (songs.folder / "mixes/02.wav").unlink()
    return "tracks[2].mix: 'mixes/02.wav' does not exist"


def spoil_text(songs):
    (songs.folder / "mixes/02.wav").write_text("these are not the samples you are looking for\n" * 50)
    return "tracks[2].mix: '02.wav' cannot be read as sound"


def spoil_empty(songs):
    (songs.folder / "mixes/02.wav").write_bytes(b"")
    return "tracks[2].mix: '02.wav' cannot be read as sound"


def spoil_channels(songs):
    soundfile.write(songs.folder / "mixes/02.wav", music(5.0)[:, [0, 1, 0]], RATE_HZ)
    return "tracks[2].mix: '02.wav' has sound in 3 of its 3 channels, 1 (left), 2 (right) and 3 (centre); wanted one"


def spoil_rate(songs):
    soundfile.write(songs.folder / "mixes/02.wav", music(5.0), 6000)
    return "tracks[2].mix: '02.wav' runs at 6000 Hz; wanted 8000 to 384000 Hz"


def spoil_nan(songs):
    sound = music(5.0)
    sound[RATE_HZ * 2, 1] = np.nan
    soundfile.write(songs.folder / "mixes/02.wav", sound, RATE_HZ, subtype="FLOAT")
    return "tracks[2].mix: 1 frame holds no number (NaN or infinity), the first at 0:02.00"


def spoil_silence(songs):
    for number, seconds in enumerate((5.0, 0.3, 4.0), start=1):
        soundfile.write(songs.folder / f"mixes/{number:02d}.wav", np.zeros((round(RATE_HZ * seconds), 2)), RATE_HZ)
    return "album.toml: tracks: have no loudness, none of them: there is nothing to master"


def spoil_scale(songs):
    soundfile.write(songs.folder / "mixes/02.wav", music(5.0) * 32767, RATE_HZ, subtype="FLOAT")
    return "tracks[2].mix: Peaks at"


def spoil_sample(songs):
    sound = music(5.0)
    sound[RATE_HZ * 2, 1] = 3e38
    soundfile.write(songs.folder / "mixes/02.wav", sound, RATE_HZ, subtype="FLOAT")
    return "tracks[2].mix: Peaks at 770 dBFS, the first over 40 dBFS at 0:02.00"


def spoil_shelves(songs):
    shelf = {"kind": "low-shelf", "frequency_hz": 100.0, "gain_db": 24.0}
    songs.manifest["tracks"][1]["eq"] = [shelf] * 4
    return "tracks[2].eq: its bands together raise 5 Hz by 96 dB; wanted 60 dB at most"


def spoil_cuts(songs):
    shelf = {"kind": "low-shelf", "frequency_hz": 20000.0, "gain_db": -24.0}
    songs.manifest["tracks"][1]["eq"] = [shelf] * 4
    return "dB of gain would be needed"


def spoil_band(songs):
    soundfile.write(songs.folder / "mixes/02.wav", music(5.0, 32000), 32000)
    songs.manifest["tracks"][1]["eq"] = [{"kind": "bell", "frequency_hz": 18000.0, "gain_db": 2.0}]
    return "tracks[2].eq: frequency_hz is 18000.0, expected between 0 and 16000.0, half the rate of the mix"


def spoil_header(songs):
    path = songs.folder / "mixes/02.wav"
    path.write_bytes(path.read_bytes()[:30])
    return "tracks[2].mix: '02.wav' cannot be read as sound"


def spoil_end(songs):
    path = songs.folder / "mixes/02.wav"
    path.write_bytes(path.read_bytes()[:-30000])
    return "tracks[2].mix: '02.wav' is cut short: its header promises "


def spoil_path(songs):
    songs.manifest["tracks"][1]["mix"] = "../../etc/passwd"
    return "tracks[2].mix: '../../etc/passwd' lies outside the album's folder"


def spoil_isrc(songs):
    songs.manifest["tracks"][1]["isrc"] = "GBAYE68000"
    return "tracks[2].isrc: 'GBAYE68000' has 10 characters, expected 12"


def spoil_upc(songs):
    songs.manifest["album"]["upc"] = "036000291453"
    return "album.upc: '036000291453' ends in check digit 3, expected 2"


def spoil_twice(songs):
    songs.manifest["tracks"][1]["mix"] = "mixes/01.wav"
    return "tracks[2].mix: 'mixes/01.wav' is also tracks[1].mix"


def spoil_copy(songs):
    (songs.folder / "mixes/02.wav").write_bytes((songs.folder / "mixes/01.wav").read_bytes())
    return "tracks[2].mix: is the same recording as tracks[1].mix, byte for byte"


def spoil_key(songs):
    songs.manifest["tracks"][1]["titel"] = "x"
    return "tracks[2].titel: unknown key; did you mean 'title'?"


def spoil_profile(songs):
    songs.manifest["deliverables"] = ["cassette"]
    return f"there is no profile 'cassette'; known: {', '.join(names())}"


def spoil_reference(songs):
    soundfile.write(songs.folder / "ref.wav", music(5.0)[:, [0, 1, 0]], RATE_HZ)
    songs.manifest["intent"] = {"reference": ["ref.wav"]}
    return "intent.reference[1]: 'ref.wav' has sound in 3 of its 3 channels"


def spoil_silent_reference(songs):
    soundfile.write(songs.folder / "ref.wav", np.zeros((RATE_HZ * 5, 2)), RATE_HZ)
    songs.manifest["intent"] = {"reference": ["ref.wav"]}
    return "intent.reference[1]: 'ref.wav' has no loudness"


def spoil_bad_reference(songs):
    sound = music(5.0)
    sound[RATE_HZ * 2, 1] = 1e30
    soundfile.write(songs.folder / "ref.wav", sound, RATE_HZ, subtype="FLOAT")
    songs.manifest["intent"] = {"reference": ["ref.wav"]}
    return "intent.reference[1]: 'ref.wav': Peaks at 600 dBFS"


def spoil_far_curve(songs):
    (songs.folder / "curve.txt").write_text("100 1\n200 1e9\n")
    songs.manifest["intent"] = {"target_curve": "curve.txt"}
    return "intent.target_curve: 'curve.txt', line 2: found '200 1e9'"


def spoil_curve(songs):
    (songs.folder / "curve.txt").write_text("100 1\n50 2\n")
    songs.manifest["intent"] = {"target_curve": "curve.txt"}
    return "intent.target_curve: 'curve.txt', line 2: found '50 2'"


def spoil_signature(songs):
    (songs.folder / "signature.json").write_text('{"version": 2}')
    return "signature.json: version: found 2: should be 1"


SPOILERS = [value for name, value in globals().items() if name.startswith("spoil_")]


EARLY = [spoil_missing, spoil_isrc, spoil_channels, spoil_reference, spoil_curve, spoil_signature]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__)
def test_bad_input_ends_in_a_message_with_place_and_remedy(typed, tmp_path, spoil):
    songs = three_songs(tmp_path / "album")
    wanted = spoil(songs)
    songs.write()
    code, _, err = typed("check", songs.folder)
    assert code == BAD_INPUT
    assert wanted in " ".join(err.split())
    assert not (songs.folder / "masters").exists()


@pytest.mark.parametrize("spoil", EARLY, ids=lambda spoil: spoil.__name__)
def test_master_refuses_bad_input_before_it_makes_a_folder(typed, tmp_path, spoil):
    songs = three_songs(tmp_path / "album")
    wanted = spoil(songs)
    songs.write()
    code, out, err = typed("master", songs.folder, "--json")
    assert code == BAD_INPUT
    assert wanted in " ".join(err.split())
    assert json.loads(out)["passed"] is False
    assert not (songs.folder / "masters").exists()


def test_all_faults_are_told_at_once(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    wanted = [spoil_isrc(songs), spoil_upc(songs), spoil_key(songs)]
    songs.write()
    _, _, err = typed("check", songs.folder)
    assert all(words in " ".join(err.split()) for words in wanted)


def test_plan_shows_its_reasons_and_writes_a_plan_for_each_profile(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    code, out, _ = typed("plan", songs.folder, "--profile", "streaming", "--profile", "cd-wav")
    assert code == PASSED
    assert "album's centre" in " ".join(out.split())
    for name in ("streaming", "cd-wav"):
        plan = json.loads((songs.folder / "plans" / name / "plan.json").read_text())
        assert plan["profile"]["name"] == name
        assert plan["drive_db"] is None


@pytest.mark.parametrize("command", ["check", "plan"])
def test_a_stop_while_it_decides_is_heeded_and_nothing_is_written(capsys, tmp_path, monkeypatch, command):
    songs = three_songs(tmp_path / "album")

    def interrupted(*given):
        os.kill(os.getpid(), signal.SIGINT)
        return sequence_album(*given)

    monkeypatch.setattr("pipeline.mastering.steps.sequence_album", interrupted)
    assert app.run([command, str(songs.folder)]) == STOPPED
    assert capsys.readouterr().out == ""
    assert not (songs.folder / "plans").exists()


def test_what_an_album_is_matched_to_is_told_with_its_mixes(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    songs.manifest["intent"]["target_curve"] = "curve.txt"
    songs.write()
    (songs.folder / "curve.txt").write_text("no curve")
    (songs.folder / "signature.json").write_text("no signature")
    (songs.folder / "mixes/02.wav").write_text("no sound")
    code, _, err = typed("master", songs.folder)
    assert code == BAD_INPUT
    for place in ("tracks[2].mix", "intent.target_curve", "signature.json"):
        assert place in err


def test_freezing_keeps_the_album_as_it_is_and_is_done_once(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    code, out, _ = typed("plan", songs.folder, "-p", "streaming", "--freeze", "--json")
    signature = songs.folder / "signature.json"
    assert code == PASSED
    assert json.loads(out)["written"]["signature"] == str(signature)
    frozen = signature.read_bytes()
    code, _, err = typed("plan", songs.folder, "-p", "streaming", "--freeze")
    assert code == BAD_INPUT
    assert "the album is frozen" in err
    assert signature.read_bytes() == frozen
    signature.write_text("{}")
    code, _, err = typed("check", songs.folder)
    assert code == BAD_INPUT
    assert "signature.json: centre_db: is missing" in err


@pytest.mark.parametrize("name", ["check", "plan"])
def test_a_crossfade_longer_than_a_track_is_refused(typed, tmp_path, name):
    songs = three_songs(tmp_path / "album")
    songs.manifest["tracks"][2]["crossfade_s"] = 7.5
    songs.write()
    code, _, err = typed(name, songs.folder)
    assert code == BAD_INPUT
    assert "tracks[3].crossfade_s: 7.5 s is longer than a track: the track before it lasts 6.00 s" in " ".join(
        err.split()
    )


def test_a_profile_of_one_s_own_is_a_copy_with_another_number(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    _, shipped, _ = typed("profiles", "streaming")
    (songs.folder / "profiles").mkdir(exist_ok=True)
    (songs.folder / "profiles" / "loud.toml").write_text(shipped.replace("target_lufs = -14.0", "target_lufs = -9.0"))
    code, out, _ = typed("plan", songs.folder, "--profile", "loud", "--json")
    assert code == PASSED
    assert json.loads(out)["plans"]["loud"]["profile"]["level"]["target_lufs"] == -9.0


def four_profiles(songs):
    songs.manifest["deliverables"] = ["cd-ddp", "cd-wav", "streaming", "vinyl-12in-33"]
    return songs.write()


def test_a_plan_s_verdict_comes_first_and_what_all_share_is_told_once(typed, tmp_path):
    code, out, _ = typed("plan", four_profiles(three_songs(tmp_path / "album")))
    lines = out.splitlines()
    assert code == PASSED
    assert lines[0].startswith("planned  The Meters: Test Pressing: 4 plans")
    assert [line.split()[0] for line in lines[1:5]] == ["cd-ddp", "cd-wav", "streaming", "vinyl-12in-33"]
    assert all("plan.json" in line for line in lines[1:5])
    reasons = [line.strip() for line in lines if line.startswith("     ") and line[5:6].strip()]
    assert len(reasons) == len(set(reasons)) > 3
    titles = [line.split("  ")[2] for line in lines if line[:3].strip().isdigit() and " dB; " in line]
    assert titles == ["Song 1", "Song 2", "Song 3"]
    assert sum(line.startswith("cd-ddp  ") for line in lines) == 1
    assert sum("start" in line.split() for line in lines) == 2, "places of discs and files are alike, of sides not"
    assert "  Its tracks stand where those of cd-ddp do." in lines


def test_asked_for_quiet_only_the_verdict_and_faults_are_told(typed, tmp_path):
    album = four_profiles(three_songs(tmp_path / "album"))
    code, out, err = typed("plan", album, "--quiet")
    assert code == PASSED
    assert len(out.splitlines()) == 5
    assert all(line.startswith(("note", "warning")) for line in err.splitlines())
    code, out, err = typed("check", album, "-q")
    assert out == "passed  Test Pressing: nothing stands in the way of mastering it.\n"
    assert not any(line.startswith(("hashing", "measuring")) for line in err.splitlines())


def test_a_log_is_told_all_that_a_person_is_with_times(typed, tmp_path):
    songs = three_songs(tmp_path / "album")
    log = tmp_path / "log.txt"
    code, _, err = typed("check", songs.folder, "--log", log)
    assert code == PASSED
    lines = [line.split(" ", 1)[1] for line in log.read_text().splitlines()]
    assert lines[0] == f"check {songs.folder} --log {log}"
    assert lines[-1] == "ended with exit code 0"
    assert any("measuring 1 of 3: Song 1" in line for line in lines)
    assert all(line in lines for line in err.splitlines())
    (songs.folder / "mixes/02.wav").unlink()
    typed("check", songs.folder, "--log", log)
    assert "refusal album.toml: tracks[2].mix: 'mixes/02.wav' does not exist" in log.read_text()
    assert log.read_text().count("ended with exit code") == 2


def test_recordings_with_one_name_are_told_apart(tmp_path):
    songs = three_songs(tmp_path / "album")
    (songs.folder / "more").mkdir()
    songs.add(music(3.0, seed=9), mix="more/01.wav")
    songs.manifest["intent"]["reference"] = ["mixes/01.wav"]
    songs.write()
    opened = open_album(songs.folder)
    told = list[Progress]()
    found = check_opened(opened, ThreadWorkers(JobProgress(CallbackWatcher(told.append))))
    assert found.passed
    pieces = {each.work: each for each in told}
    assert len(pieces) == 5
    assert all(each.is_done and each.done_s == pytest.approx(each.sound_s) for each in pieces.values())
    (measuring,) = [stage for stage in stages_of(opened) if stage.word == "measuring"]
    assert set(measuring.pieces) == set(pieces)
    assert [piece.label for piece in measuring.pieces.values()] == ["Song 1", "Song 2", "Song 3", "Song 4", "01.wav"]


def test_profiles_are_listed(typed):
    code, out, _ = typed("profiles")
    assert code == PASSED
    assert all(name in out for name in ("cd-wav", "streaming", "vinyl-12in-33"))


def test_verify_wants_a_certificate(typed, tmp_path):
    code, _, err = typed("verify", tmp_path)
    assert code == BAD_INPUT
    assert "certificate.json" in err


def test_a_folder_that_is_no_album_is_told_what_to_do(typed, tmp_path):
    code, _, err = typed("check", tmp_path / "nowhere")
    assert code == BAD_INPUT
    assert "glassmaster new" in err


def test_a_command_begins_without_what_only_its_work_needs():
    """Half a second of imports, not three: whatever is slow is imported when a command has begun to work."""
    heavy = {"prefect", "numba", "scipy", "fpdf", "PIL", "mutagen"}
    program = f"import sys, pipeline.cli.app; print(*sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).split() == []
