"""What the main job makes of a few albums, as hashes: to show that a change of the code changed no byte.

`python -m tests.bench.fingerprints OUT.json [--glassmaster COMMAND] [--against EARLIER.json] [RECORDING...]`

Both example albums and, where recordings are given, an album of these (a crossfade, a hidden track, gaps by ear) are
mastered to every shipped profile by `COMMAND`, afresh; their DDP filesets are taken apart by `ddp extract`. `OUT.json`
gets the SHA-256 of every file, of what `check --json` prints, and of each certificate less what names the program.
With `--against`, what differs from an earlier file is printed, and the exit code is 1.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = (ROOT / "albums" / "quiet-rooms", ROOT / "albums" / "night-set")
PROFILES = ("cd-ddp", "cd-wav", "streaming", "vinyl-12in-33")
PROGRAM = ("versions",)  # what a certificate says of the program that made it
NEW = ("compression",)  # figures of a track that an earlier certificate has not
LENGTH_S, FADE_S, HIDDEN_S = 75.0, 0.05, 8.0
KEYS = {2: "crossfade_s = 3.0", 3: 'gap_s = "auto"', 4: "pregap = {of_mix_s = 2.0}", 5: "indexes_s = [20.0]"}


def fingerprints(album: Path, command: str, scratch: Path) -> Iterator[tuple[str, str]]:
    """Every file that comes of `album`, by its name, and its hash."""
    out, apart = scratch / "masters", scratch / "apart"
    environment = os.environ | {"PREFECT_HOME": str(scratch / "prefect")}
    wanted = [word for name in PROFILES for word in ("--profile", name)]
    found = subprocess.run([command, "check", str(album), "--json"], env=environment, capture_output=True, check=False)
    yield "check --json", hashlib.sha256(found.stdout).hexdigest()
    for words in (
        ["master", str(album), "--out", str(out), *wanted],
        ["ddp", "extract", str(out / "cd-ddp"), "--out", str(apart)],
    ):
        subprocess.run([command, *words], env=environment, stdout=subprocess.DEVNULL, check=True)
    for folder in (out, apart):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            if path.name != "report.html":
                yield path.relative_to(scratch).as_posix(), _hash(path)


def _hash(path: Path) -> str:
    content = path.read_bytes()
    if path.name == "certificate.json":
        content = json.dumps(_less(json.loads(content)), sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def _less(certificate: dict[str, Any]) -> dict[str, Any]:
    """A certificate without what names the program, and without figures that are new."""
    tracks = [{key: value for key, value in track.items() if key not in NEW} for track in certificate["tracks"]]
    return {key: value for key, value in certificate.items() if key not in PROGRAM} | {"tracks": tracks}


def album_of(recordings: Sequence[Path], folder: Path) -> Path:
    """An album of the first minute or so of each recording, the last one also hidden before track 1."""
    (folder / "mixes").mkdir(parents=True)
    tracks = []
    for number, recording in enumerate(recordings, start=1):
        _write_mix(recording, folder / "mixes" / f"{number:02d}.wav", LENGTH_S)
        tracks.append(f'[[tracks]]\nmix = "mixes/{number:02d}.wav"\ntitle = "{recording.stem}"\n{KEYS.get(number, "")}')
    _write_mix(recordings[-1], folder / "mixes" / "hidden.wav", HIDDEN_S)
    tracks[0] += 'pregap = {mix = "mixes/hidden.wav"}'
    head = '[album]\ntitle = "Recordings"\nartist = "Several"\nupc = "036000291452"\n'
    (folder / "album.toml").write_text(head + "\n".join(tracks) + "\n", "utf-8")
    return folder


def _write_mix(recording: Path, out: Path, length_s: float) -> None:
    with soundfile.SoundFile(recording) as file:
        sound, rate_hz = file.read(round(length_s * file.samplerate), always_2d=True), file.samplerate
    sound = np.repeat(sound, 2, axis=1)[:, :2] if sound.shape[1] == 1 else sound[:, :2]
    ramp = np.linspace(0.0, 1.0, round(FADE_S * rate_hz))[:, None]
    sound[: len(ramp)] *= ramp
    sound[-len(ramp) :] *= ramp[::-1]
    soundfile.write(
        out, np.round(0.7 * sound * 2**23).clip(-(2**23), 2**23 - 1).astype(np.int32) << 8, rate_hz, "PCM_24"
    )


def main() -> int:
    """Make the albums, hash what comes of them, and say what differs from before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--glassmaster", default=str(Path(sys.executable).with_name("glassmaster")))
    parser.add_argument("--against", type=Path)
    parser.add_argument("recordings", type=Path, nargs="*")
    given = parser.parse_intermixed_args()
    found = dict[str, dict[str, str]]()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        albums = [*EXAMPLES, *([album_of(given.recordings, scratch / "recordings")] if given.recordings else [])]
        for album in albums:
            found[album.name] = dict(fingerprints(album, given.glassmaster, scratch / "made" / album.name))
            print(f"{album.name}: {len(found[album.name])} files", file=sys.stderr)
    given.out.write_text(json.dumps(found, indent=1), "utf-8")
    if given.against is None:
        return 0
    earlier = json.loads(given.against.read_text("utf-8"))
    differ = [
        f"{album}: {name}"
        for album in sorted({*found, *earlier})
        for name in sorted({*found.get(album, {}), *earlier.get(album, {})})
        if found.get(album, {}).get(name) != earlier.get(album, {}).get(name)
    ]
    print("\n".join(differ) or "no file differs")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
