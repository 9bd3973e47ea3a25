"""Settings that go to another machine: their own content, and that of the profiles beside them, as plain JSON.

A path would mean another file there, or none.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import profiles
from albums.faults import Fault, Refusal, place, refuse
from pipeline.settings.schema import NO_SETTINGS, Settings, settings_in
from pipeline.system.placing import write_whole

CONFIG, PROFILES = "config", "profiles"
MOST_BYTES = 2**18  # of all profiles: half of what a Prefect server takes as the parameters of a run
DIGITS = 16  # of a hash, in a folder's name


def packed(settings: Settings) -> dict[str, Any]:
    """What `unpacked` makes the same settings of: `config` and `profiles`, each None where there is nothing of it.

    Raises Refusal where there are more profiles than can be sent.
    """
    document = {key: value for key, value in settings.document().items() if key != "profile_dir"}
    texts = _texts(settings.profile_folders)
    size_bytes = sum(len(text.encode()) for text in texts.values())
    if size_bytes > MOST_BYTES:
        words = f"holds profiles of {size_bytes} bytes; at most {MOST_BYTES} are sent to where albums are mastered"
        raise Refusal([Fault(settings.profile_dir, words)])
    return {CONFIG: document or None, PROFILES: texts or None}


def unpacked(config: Mapping[str, Any] | None, texts: Mapping[str, str] | None, memory: Path) -> Settings:
    """The settings that were `packed`, or written by hand with the keys of a config.

    Profiles go to a folder in `memory`, the same ones to the same folder each time. Raises Refusal with every fault.
    """
    given = dict(config or {})
    if texts:
        refuse(_faults(given, texts))
        given["profile_dir"] = str(_placed(texts, memory))
    return settings_in(given, CONFIG) if given else NO_SETTINGS


def _texts(folders: tuple[Path, ...]) -> dict[str, str]:
    """The profiles in `folders`, each by its name; of shipped ones none but those that a folder has as well."""
    names = [name for name in profiles.names(folders) if any((each / f"{name}.toml").is_file() for each in folders)]
    return {name: profiles.text_of(name, folders) for name in names}


def _faults(given: Mapping[str, Any], texts: Mapping[str, str]) -> Iterator[Fault]:
    if "profile_dir" in given:
        words = f"stands beside {PROFILES}, which are sent as texts; give one of both"
        yield Fault(place(CONFIG, ["profile_dir"]), words)
    for name, text in texts.items():
        if not profiles.NAME.fullmatch(name):
            words = "is no profile's name; wanted 1 to 64 of A-Z, a-z, 0-9, dot, _ and -, a letter or digit first"
            yield Fault(place(PROFILES, [name]), words)
        if len(text.encode()) > profiles.LARGEST_PROFILE_BYTES:
            yield Fault(place(PROFILES, [name]), f"is longer than {profiles.LARGEST_PROFILE_BYTES} bytes")


def _placed(texts: Mapping[str, str], memory: Path) -> Path:
    """A folder in `memory` that holds these profiles and no others; what is there already is left as it is."""
    digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()
    folder = memory / f"profiles-{digest[:DIGITS]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            path = folder / f"{name}.toml"
            if not path.is_file() or path.read_bytes() != text.encode():
                write_whole(path, text)
    except OSError as error:
        words = f"is where profiles are kept that were sent, and cannot be written to: {error.strerror}"
        raise Refusal([Fault(str(folder), words)]) from None
    return folder
