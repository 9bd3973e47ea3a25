"""Whatever strangers write comes to a terminal visibly, and is never markup; nothing is printed past the door."""

import ast
import io
import json
import re
import shutil
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from rich.console import Console

import pipeline.cli
from albums.faults import Fault
from formats import ddp
from pipeline.cli import app
from pipeline.cli.options import BAD_INPUT, FAILED, PASSED
from pipeline.cli.shown import door
from pipeline.cli.shown.tables import certificate, fileset
from pipeline.cli.shown.tables.sheet import Column, Sheet
from pipeline.deliverables.certificate import CERTIFICATE, Certificate, Remark
from pipeline.deliverables.findings import Finding
from pipeline.deliverables.verify import Verification
from tests.support.music import three_songs
from tests.support.programmes import album as album_of
from tests.support.programmes import layout, programme

HOSTILE = "\x1b[2J\u202e[bold red]:fire:\u200b\x9b\udc80[/]\n"
SHOWN = r"\x1b[2J\u202e[bold red]:fire:\u200b\x9b\udc80[/]\n"
# What a file may be called here: no line feed is needed for the rest to do harm.
NAMED = "al\x1b[31mbum\u202e [bold]:fire:"
SHOWN_NAME = r"al\x1b[31mbum\u202e [bold]:fire:"


@pytest.fixture
def heard(capsys, monkeypatch):
    """What was said on both outlets since the last time, once it is certain that no terminal would obey it."""
    for outlet in (door.output, door.errors):
        monkeypatch.setattr(outlet.console, "width", 400)

    def hear():
        said = capsys.readouterr()
        for text in said:
            found = {c for c in text.replace("\n", "") if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
            assert found == set()
        return said.out + said.err

    with door.told(()):
        yield hear


def test_lines_faults_tables_and_json(heard):
    door.output.say(HOSTILE, door.Styled(HOSTILE, "bold"))
    assert heard() == f"{SHOWN}{SHOWN}\n"
    door.print_faults([Fault(HOSTILE, HOSTILE, "note")])
    assert heard() == f"note {SHOWN}: {SHOWN}\n"
    sheet = Sheet(HOSTILE, (Column(HOSTILE, texts=True),), (Column(HOSTILE, HOSTILE),), [(HOSTILE, HOSTILE)])
    door.output.show(sheet)
    assert heard().count(SHOWN) == 6, "the title, three lines of heads, two cells"
    door.print_json({"title": HOSTILE})
    assert json.loads(heard()) == {"title": HOSTILE}


def test_a_style_is_no_part_of_a_text(monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(door.output, "console", Console(file=file, force_terminal=True, color_system="standard"))
    door.output.say(door.Styled("passed", "green"), "  [red]x[/]")
    assert file.getvalue() == "\x1b[32mpassed\x1b[0m  [red]x[/]\n"


def strange(songs):
    """An album whose every text is hostile, as far as a manifest takes it."""
    title = "\u202e[bold]:fire:\u200b\x1b".replace("\x1b", "")
    songs.manifest["album"] |= {"title": title, "artist": title}
    for number, track in enumerate(songs.manifest["tracks"]):
        track["title"] = f"{title}{number}"
    return songs


@pytest.fixture
def songs(tmp_path):
    made = strange(three_songs(tmp_path / NAMED))
    made.write()
    return made


def test_check_and_plan_of_a_strange_album(heard, songs):
    for words in (["check"], ["plan"], ["check", "--json"], ["plan", "--json"], ["plan", "-v"]):
        assert app.run([words[0], str(songs.folder), *words[1:]]) == PASSED
        told = heard()
        assert r"\u202e[bold]:fire:\u200b" in told
        assert words != ["plan"] or SHOWN_NAME in told


@pytest.mark.parametrize(
    "text",
    [
        f'[album]\ntitle = "{NAMED}"',
        '[album]\ntitle = "\\u001b[2J"\nartist = "\\u202e"\n"\\u001b[2J" = 1',
        '[album]\ntitle = "x"\nartist = "y"\n[[tracks]]\nmix = "\\u202e[bold].wav"\ntitle = "\\u0000"',
        'deliverables = ["\\u202e"]',
        "title = \u202e",
    ],
)
def test_a_manifest_s_faults(heard, tmp_path, text):
    folder = tmp_path / NAMED
    folder.mkdir()
    (folder / "album.toml").write_text(text, "utf-8")
    for words in (["check"], ["check", "--json"], ["master"], ["plan"]):
        assert app.run([words[0], str(folder), *words[1:]]) == BAD_INPUT
        assert "album.toml" in heard()


def test_names_of_files_that_are_no_utf_8(heard, tmp_path):
    folder = tmp_path / "mixes\udc80"
    folder.mkdir()
    soundfile.write(tmp_path / "1.wav", [[0.1, 0.1]] * 48000, 48000)
    (tmp_path / "1.wav").rename(folder / "1\x1b\udcff.wav")
    for words in (["new"], ["check"], ["verify"], ["ddp", "show"], ["ddp", "extract", "--out", str(tmp_path / "o")]):
        assert app.run([*words, str(folder)]) == BAD_INPUT
        assert r"\udc" in heard()
    (folder / "1\x1b\udcff.wav").rename(folder / "1.wav")
    assert app.run(["new", str(folder)]) == PASSED
    assert r"\udc80/album.toml" in heard()


@pytest.mark.parametrize(
    "words",
    [
        [HOSTILE],
        ["check", "a", HOSTILE],
        ["check", f"--{HOSTILE}"],
        ["check", HOSTILE],
        ["check", "a", "--log", f"/{HOSTILE}/x"],
        ["profiles", HOSTILE],
        ["verify", HOSTILE],
        ["new", HOSTILE],
    ],
)
def test_words_that_were_typed(heard, words):
    assert app.run(words) == BAD_INPUT
    assert r"\u202e" in heard()


def test_a_profile_of_a_stranger(heard, tmp_path):
    shipped = (Path(__file__).parents[3] / "profiles" / "streaming.toml").read_text("utf-8")
    (tmp_path / "own.toml").write_text(shipped.replace('title = "', 'title = "\\u202e:fire:') + "# \u202e[bold]\n")
    assert app.run(["profiles", "--profile-dir", str(tmp_path)]) == PASSED
    assert r"\u202e:fire:" in heard()
    assert app.run(["profiles", "own", "--profile-dir", str(tmp_path)]) == PASSED
    assert r"# \u202e[bold]" in heard()


def test_a_certificate_of_a_stranger(heard, finished, tmp_path):
    """Every text in it, printed as `master` and as `verify` print it."""
    document = json.loads((finished / CERTIFICATE).read_text())
    whole = Certificate.model_validate_json(json.dumps(document))
    finding = Finding(where=HOSTILE, quantity=HOSTILE, measured=HOSTILE, required=HOSTILE, unit=HOSTILE, method="",
                      passed=False)  # fmt: skip
    unreadable = finding.model_copy(update={"quantity": "readable"})
    spoilt = {
        name: each.model_copy(update={"findings": (finding, unreadable), "remarks": (HOSTILE,) * 6, "passed": False})
        for name, each in whole.deliverables.items()
    }
    remark = Remark(severity="note", words=HOSTILE)
    tracks = tuple(
        each.model_copy(update={"title": HOSTILE, "tone": HOSTILE, "remarks": (remark,)}) for each in whole.tracks
    )
    told = {**whole.album, "album": {**whole.album["album"], "title": HOSTILE}}
    stranger = whole.model_copy(update={"album": told, "deliverables": spoilt, "tracks": tracks})
    certificate.print_certificate(stranger, tmp_path / NAMED)
    assert heard().count(r"\x1b[2J\u202e[bold red]:fire:") > 20
    certificate.print_verification(Verification(stranger, {HOSTILE: (finding, unreadable)}))
    assert SHOWN in heard()
    out = tmp_path / NAMED
    shutil.copytree(finished, out, ignore=shutil.ignore_patterns("cd-*", "vinyl-*"))
    document["deliverables"]["streaming"]["files"][0]["path"] = "streaming/\x1b[2J\u202e.flac"
    (out / CERTIFICATE).write_text(json.dumps(document))
    assert app.run(["verify", str(out)]) == FAILED
    assert r"streaming/\x1b[2J\u202e.flac" in heard()


def test_a_disc_of_a_stranger(heard, tmp_path):
    folder = tmp_path / "fileset"
    folder.mkdir()
    ddp.write(folder, album_of("One", "Two"), [programme(layout([(0, None), (4 * 44100, None)], 9 * 44100))])
    (found,) = ddp.inspect(folder)
    texts = dict.fromkeys(("album.title", "album.artist", "tracks[1].title", "tracks[2].artist"), HOSTILE)
    fileset.print_fileset(replace(found, master_id=HOSTILE, upc=HOSTILE, texts=texts, dialect={HOSTILE: HOSTILE}))
    assert heard().count(r"\x1b[2J\u202e[bold red]:fire:") >= 8
    (folder / "DDPID").write_bytes(b"DDP 2.00" + b"\x1b[2J\x9b" * 15)
    assert app.run(["ddp", "show", str(folder)]) == FAILED
    assert app.run(["ddp", "show", str(folder), "--json"]) == FAILED
    assert heard()


def test_nothing_is_printed_past_the_door():
    """Only the folder of the door knows Rich, and in it only the door and the bar make anything of it."""
    room = Path(pipeline.cli.__file__).parent
    may_use_rich = {"batch_progress.py", "door.py", "progress.py", "sheet.py"}
    for path in room.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        past = {
            name for name in called if re.search(r"^print$|echo$|secho$|std(out|err)\.write$|pprint|\bConsole$", name)
        }
        allowed = {"door.py": {"Console"}, "internal_errors.py": {"sys.stderr.write"}}.get(path.name, set())
        assert past <= allowed, path
        modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        modules += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
        assert path.name in may_use_rich or not any(each.split(".")[0] == "rich" for each in modules), path
