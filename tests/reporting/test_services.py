"""What services play: each rule by hand-computed cases, and what can never be."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.deliverables.certificate import Certificate, Deliverable, TrackAccount
from pipeline.deliverables.figures import Figures, WholeFigures
from pipeline.reporting.services import Delivered, Master, Played, assumptions, playbacks, played, why_not
from profiles import load
from profiles.services import Service, load_services

KNOWN = {(service.name, service.mode): service for service in load_services()}
# A soft song with room over it, one held down by its peak, a loud one.
ALBUM = Master((Delivered(1, -22.0, -12.0), Delivered(2, -20.0, -5.0), Delivered(3, -10.0, -0.5)), -13.5)


def heard(name: str, mode: str, master: Master = ALBUM) -> Played:
    return played(KNOWN[name, mode], master)


def gains(found: Played) -> list[float]:
    return [track.gain_db for track in found.tracks]


def test_spotify_s_own_worked_example() -> None:
    """-20 LUFS with a true peak of -5: lifted to -16 only, since 1 dB is left."""
    found = heard("Spotify", "normal, shuffle", Master((Delivered(1, -20.0, -5.0),), -20.0))
    assert found.loudest.integrated_lufs == pytest.approx(-16.0, abs=0.005)
    assert found.loudest.gain_db == pytest.approx(4.0, abs=0.005)
    assert found.held_db == pytest.approx(2.0, abs=0.005)


GAINS_DB = {
    ("Spotify", "normal, album"): [-0.5, -0.5, -0.5],  # from -13.5 to -14
    ("Spotify", "normal, shuffle"): [8.0, 4.0, -4.0],  # the second is held at -1 dBTP
    ("Spotify", "loud, album"): [2.5, 2.5, 2.5],  # whatever the peak
    ("Spotify", "loud, shuffle"): [11.0, 9.0, -1.0],
    ("Spotify", "quiet, album"): [-5.5, -5.5, -5.5],
    ("Spotify", "quiet, shuffle"): [3.0, 1.0, -9.0],
    ("Spotify", "web player, other devices"): [0.0, 0.0, 0.0],
    ("Apple Music", "Sound Check, album"): [-2.5, -2.5, -2.5],
    ("Apple Music", "Sound Check, shuffle"): [6.0, 4.0, -6.0],
    ("YouTube", "video"): [0.0, 0.0, -4.0],
    ("YouTube Music", "app"): [0.0, 0.0, 0.0],
    ("Tidal", "albums and playlists"): [-4.0, -4.0, -4.0],  # the loudest track comes to -14
    ("Amazon Music", "default"): [0.0, 0.0, -4.0],
    ("Deezer", "default"): [0.0, 0.0, -5.0],
    ("Qobuz", "default"): [0.0, 0.0, 0.0],
}


@pytest.mark.parametrize(("name", "mode"), KNOWN)
def test_the_gain_of_each_service_and_mode_as_reckoned_by_hand(name: str, mode: str) -> None:
    found, wanted = heard(name, mode), GAINS_DB[name, mode]
    assert gains(found) == pytest.approx(wanted, abs=1e-9)
    assert found.gains_db == pytest.approx((min(wanted), max(wanted)))


def test_what_remains_of_the_arc() -> None:
    assert ALBUM.arc_lu == 12.0
    assert heard("Spotify", "normal, album").arc_kept == pytest.approx(1.0)
    assert heard("Spotify", "loud, shuffle").arc_kept == pytest.approx(0.0)
    assert heard("Spotify", "normal, shuffle").arc_kept == pytest.approx(2.0 / 12.0)  # the second stays at -16
    assert heard("YouTube", "video").arc_kept == pytest.approx(8.0 / 12.0)  # -22 and -14 are left
    found = heard("YouTube", "video")
    assert (found.loudest.track, found.softest.track) == (3, 1)
    alone = Master((Delivered(1, -10.0, -1.0),), -10.0)
    assert heard("Tidal", "albums and playlists", alone).arc_kept is None


def test_where_a_limiter_acts_and_by_how_much() -> None:
    found = heard("Spotify", "loud, album")  # peaks come to -9.5, -2.5 and +2
    assert [track.over_limiter_db for track in found.tracks] == pytest.approx([0.0, 0.0, 3.0])
    assert found.over_limiter_db == pytest.approx(3.0)
    assert heard("Spotify", "normal, album").over_limiter_db == 0.0, "it has none"


def test_an_album_s_highest_peak_holds_all_of_it() -> None:
    soft = Master((Delivered(1, -20.0, -3.0), Delivered(2, -26.0, -20.0)), -21.0)
    found = heard("Spotify", "normal, album", soft)
    assert gains(found) == pytest.approx([2.0, 2.0])
    assert found.held_db == pytest.approx(5.0)


tracks = st.tuples(st.integers(-5000, 0).map(lambda n: n / 100), st.integers(-3000, 300).map(lambda n: n / 100))


@st.composite
def masters(draw: st.DrawFn) -> Master:
    found = draw(st.lists(tracks, min_size=1, max_size=8))
    louds = [loud for loud, _ in found]
    whole = draw(st.floats(min(louds), max(louds)))
    return Master(tuple(Delivered(n, loud, peak) for n, (loud, peak) in enumerate(found, start=1)), whole)


@given(st.sampled_from(sorted(KNOWN)), masters())
@example(("Spotify", "normal, shuffle"), Master((Delivered(1, -20.0, -0.5),), -20.0))
def test_what_can_never_be(which: tuple[str, str], master: Master) -> None:
    service = KNOWN[which]
    found = played(service, master)
    if service.gain == "album" or service.target_lufs is None:
        assert len({*gains(found)}) == 1
        assert found.arc_lu == pytest.approx(master.arc_lu, abs=1e-9)
    for before, after in zip(master.tracks, found.tracks, strict=True):
        assert service.raises != "never" or after.gain_db <= 0.0
        if service.headroom_dbtp is not None and after.gain_db > 0.0:
            assert before.true_peak_dbtp + after.gain_db <= service.headroom_dbtp + 1e-9
        if service.gain == "track" and service.target_lufs is not None:
            assert after.integrated_lufs <= service.target_lufs + 1e-9
            assert after.integrated_lufs + after.held_db <= service.target_lufs + 1e-9
        assert after.over_limiter_db == 0.0 or service.limiter_dbfs is not None


@given(masters())
def test_loud_is_never_softer_than_normal_and_normal_never_than_quiet(master: Master) -> None:
    for order in ("album", "shuffle"):
        levels = [gains(heard("Spotify", f"{level}, {order}", master)) for level in ("quiet", "normal", "loud")]
        assert all(quiet <= normal <= loud for quiet, normal, loud in zip(*levels, strict=True))


EMPTY = dict.fromkeys(Figures.model_fields)


def figures(integrated_lufs: float | None, true_peak_dbtp: float | None) -> Figures:
    return Figures.model_validate(EMPTY | {"integrated_lufs": integrated_lufs, "true_peak_dbtp": true_peak_dbtp})


def certificate(
    after: dict[str, list[Figures]], *, whole: WholeFigures | None = None, passed: bool = True
) -> Certificate:
    deliverable = Deliverable(passed=passed, title="As made", files=(), findings=(), promise=None, whole=whole)
    accounts = tuple(
        TrackAccount(track=n + 1, title="One", mix="1.wav", mix_sha256="0" * 64, before=figures(-20.0, -6.0),
                     gain_db=0.0, tone="as mixed", reasons=(), remarks=(),
                     after={name: found[n] for name, found in after.items()})
        for n in range(len(next(iter(after.values()))))
    )  # fmt: skip
    return Certificate(passed=passed, source="s", album={}, deliverables=dict.fromkeys(after, deliverable),
                       tracks=accounts, versions={})  # fmt: skip


WHOLE = WholeFigures(integrated_lufs=-15.0, loudest_lufs=-14.0, loudest=1, true_peak_dbtp=-1.0, dr=9)
TWO = [figures(-14.0, -1.0), figures(-18.0, -3.0)]


def test_discs_and_records_are_left_out_and_it_is_said_why() -> None:
    profiles = {name: load(name) for name in ("streaming", "cd-wav", "cd-ddp", "vinyl-12in-33")}
    made = certificate(dict.fromkeys([*profiles, "lost"], TWO), whole=WHOLE)
    assert {*playbacks([*KNOWN.values()], made, profiles)} == {"streaming"}
    said = {name: why_not(made, name, profiles.get(name)) for name in made.deliverables}
    assert said == {
        "streaming": "",
        "cd-wav": "is a disc, which services do not play",
        "cd-ddp": "is a disc, which services do not play",
        "vinyl-12in-33": "is a record, which services do not play",
        "lost": "has no plan, which would say whether services take it",
    }


def test_what_failed_is_sent_to_nobody() -> None:
    made = certificate({"streaming": TWO}, whole=WHOLE, passed=False)
    assert playbacks([*KNOWN.values()], made, {"streaming": load("streaming")}) == {}
    assert why_not(made, "streaming", load("streaming")) == "failed its audit and was not delivered"


def test_silent_tracks_have_no_part_and_an_album_of_them_is_left_out() -> None:
    profiles = {"streaming": load("streaming")}
    made = certificate({"streaming": [*TWO, figures(None, None)]}, whole=WHOLE)
    (found,) = playbacks([*KNOWN.values()], made, profiles).values()
    assert [track.track for track in found.master.tracks] == [1, 2]
    assert (len(found.played), found.lacking) == (len(KNOWN), ())
    silent = certificate({"streaming": [figures(None, None)]}, whole=WHOLE)
    assert playbacks([*KNOWN.values()], silent, profiles) == {}
    assert why_not(silent, "streaming", profiles["streaming"]) == "has no track with a loudness"


def test_a_certificate_without_the_album_s_loudness_lacks_what_goes_by_it_and_no_more() -> None:
    made = certificate({"streaming": TWO})
    (found,) = playbacks([*KNOWN.values()], made, {"streaming": load("streaming")}).values()
    lacking = {(service.name, service.mode) for service in found.lacking}
    assert lacking == {key for key, service in KNOWN.items() if service.anchor == "album"}
    assert ("Tidal", "albums and playlists") not in lacking
    assert len(found.played) + len(lacking) == len(KNOWN)
    with pytest.raises(ValueError, match="the album's loudness is not known"):
        heard("Spotify", "normal, album", found.master)


def test_assumptions_are_numbered_once_each() -> None:
    def service(mode: str, *assumed: str) -> Service:
        return Service(name="S", mode=mode, certainty="uncertain", read=date(2026, 12, 1), source="s", assumed=assumed)

    assert assumptions([service("a", "x", "y"), service("b"), service("c", "y", "z")]) == {"x": 1, "y": 2, "z": 3}
