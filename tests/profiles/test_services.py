"""The table of streaming services: every entry has source and day, what is broken in it is told with its place."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from albums.faults import Refusal
from profiles import SHIPPED, load, names
from profiles.services import TABLE, load_services

TEXT = TABLE.read_text("utf-8")


@pytest.fixture
def told(tmp_path: Path) -> Callable[[str], list[str]]:
    """The faults of a text as the table, each as one line."""

    def of(text: str) -> list[str]:
        (tmp_path / "services.toml").write_text(text, "utf-8")
        with pytest.raises(Refusal) as refusal:
            load_services(tmp_path / "services.toml")
        return [str(fault) for fault in refusal.value.faults]

    return of


def test_every_service_that_is_promised_is_there_with_its_source_and_a_day_on_which_it_was_read() -> None:
    found = load_services()
    assert {service.name for service in found} == {
        "Spotify", "Apple Music", "YouTube", "YouTube Music", "Tidal", "Amazon Music", "Deezer", "Qobuz",
    }  # fmt: skip
    modes = {service.mode for service in found if service.name == "Spotify" and service.target_lufs}
    assert modes == {f"{level}, {order}" for level in ("normal", "loud", "quiet") for order in ("album", "shuffle")}
    assert all(service.source.strip() and service.read >= date(2026, 11, 22) for service in found)


def test_a_page_is_named_wherever_certainty_is_claimed() -> None:
    for service in load_services():
        has_address = re.search(r"\w\.(com|co\.uk|software)\b", service.source)
        assert has_address or service.certainty == "uncertain", service
        assert service.certainty != "own page" or "support.spotify.com" in service.source


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("target_lufs = -14.0", "target_lufs = 14.0", "services[1].target_lufs: found 14.0: should be less than"),
        ("target_lufs = -14.0", "", "services[1]: gain and raises go with target_lufs, and with it only"),
        ("target_lufs", "target_lfus", "services[1].target_lfus: unknown key; did you mean 'target_lufs'?"),
        ('anchor = "album"', "", 'services[1]: anchor goes with gain = "album"'),
        ("headroom_dbtp = -1.0", "", 'services[1]: headroom_dbtp goes with raises = "to-headroom"'),
        ("headroom_dbtp = -1.0", "limiter_dbfs = -1.0", 'services[1]: headroom_dbtp goes with raises = "to-headroom"'),
        ("headroom_dbtp = -1.0", "headroom_dbtp = 1.0", "services[1].headroom_dbtp: found 1.0: should be less than"),
        ('certainty = "own page"', 'certainty = "sure"', "services[1].certainty: found 'sure': should be 'own page'"),
        ("source = ", "# ", "services[1].source: is missing; it is required"),
        ("read = 2026-12-01", "", "services[1].read: is missing; it is required"),
        ("read = 2026-12-01", 'read = "lately"', "services[1].read: "),
        ("normal, shuffle", "normal, album", "each service has each mode once; found more of Spotify (normal, album)"),
        ("[[services]]", "[[service]]", "service: unknown key; did you mean 'services'?"),
    ],
)
def test_a_fault_is_told_with_its_place(told: Callable[[str], list[str]], old: str, new: str, fault: str) -> None:
    assert old in TEXT
    lines = told(TEXT.replace(old, new, 1))
    assert any(line.startswith("services.toml") and fault in line for line in lines), lines


def test_an_empty_table_is_none(told: Callable[[str], list[str]]) -> None:
    assert told("") == ["services.toml: services: is missing; it is required"]
    assert told("services = []")[0].startswith("services.toml: services: ")


def test_the_table_is_never_taken_for_a_profile(tmp_path: Path) -> None:
    assert (SHIPPED / "services.toml").is_file()
    assert "services" not in names()
    for name in ("services", "Services"):
        with pytest.raises(Refusal, match=f"there is no profile '{name}'; known: "):
            load(name)
        (tmp_path / f"{name}.toml").write_text((SHIPPED / "streaming.toml").read_text("utf-8"), "utf-8")
        with pytest.raises(Refusal, match=rf"^{name}\.toml: no profile can be called '{name}': the table of what"):
            load(name, [tmp_path])
    assert "services" in names([tmp_path]), "what lies there is named, so that it is told why it is none"
