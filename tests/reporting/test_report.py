"""The report: stands by itself, is the same for equal runs, makes any title inert, and shows what was measured."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from threading import Barrier
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray

import profiles
from albums import Album, EqBand
from albums.faults import Fault
from pipeline.analysis.analysis import Analysis, analyse
from pipeline.deliverables.certificate import Certificate, Deliverable, accounts, origin_of
from pipeline.deliverables.figures import whole_figures
from pipeline.deliverables.files import DeliveredFile
from pipeline.deliverables.findings import Finding, Promise, ReductionFigures
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import SideOrDisc
from pipeline.plan.treatment import Treatment
from pipeline.reporting import plots
from pipeline.reporting.report import disc_time, figure, report_html
from pipeline.sequencing.timeline import build_programmes
from profiles.services import load_services
from tests.support.sessions import spacing_of

RATE_HZ = 48000
HASH = "0123456789abcdef" * 4
HOSTILE = "<script>alert('a')</script> $x_ {{ 7*7 }} \"><img src=x onerror=alert(1)> &amp; 夜"
VOID = {"meta", "br", "img", "link"}


@cache
def heard(seed: int, level_db: float = -20.0, seconds: float = 4.0, rate_hz: int = RATE_HZ) -> Analysis:
    """Reddish noise at `level_db` rms; its tone goes with its seed."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    spectrum = np.fft.rfft(rng.standard_normal((frames, 2)), axis=0)
    hertz = np.maximum(np.fft.rfftfreq(frames, 1 / rate_hz), 30.0)[:, None]
    noise = np.fft.irfft(spectrum * hertz ** (-0.4 - 0.1 * seed), frames, axis=0)
    return analyse([noise * 10 ** (level_db / 20) / np.sqrt(np.mean(noise**2))], rate_hz)


@cache
def silence(seconds: float = 4.0) -> Analysis:
    return analyse([np.zeros((round(seconds * RATE_HZ), 2))], RATE_HZ)


def finding(quantity: str, measured: float | str | None, required: float | str, *, passed: bool) -> Finding:
    return Finding(where="tracks[1]", quantity=quantity, measured=measured, required=required, unit="",
                   method="read back", passed=passed)  # fmt: skip


def plan(name: str, album: Album, before: list[Analysis]) -> Plan:
    count, profile = len(before), profiles.load(name)
    sides = ["A" if n < (count + 1) // 2 else "B" for n in range(count)] if profile.layout.sides else [""] * count
    bands = (EqBand(kind="bell", frequency_hz=3150.0, gain_db=-1.2, q=0.7),)
    treatments = tuple(
        Treatment(track=n, title=track.title, mix_sha256=HASH, rate_hz=RATE_HZ, start=0, stop=analysis.frames,
                  dc_offset=(0.0, 0.0), bands=bands, gain_db=-0.5, reasons=("1.2 dB less at 3.15 kHz: -0.5 dB too.",))
        for n, (track, analysis) in enumerate(zip(album.tracks, before, strict=True), start=1)
    )  # fmt: skip
    lengths = [analysis.frames for analysis in before]
    programmes = build_programmes(spacing_of(album, lengths, RATE_HZ), RATE_HZ, [SideOrDisc(side) for side in sides])
    return Plan(profile=profile, treatments=treatments, programmes=programmes, rate_hz=RATE_HZ, expected_drive_db=5.0,
                reduction_limit_db=6.0, dither_seed=1, reasons=("One drive for all.",))  # fmt: skip


def deliverable(name: str, findings: tuple[Finding, ...], *, held_back: bool = False) -> Deliverable:
    reduction = ReductionFigures(median_db=0.1, heavy_db=1.9, worst_second_db=3.4, worst_at_s=125.0)
    promise = Promise(digests=(HASH,), loudness_lufs=-15.2, held_back=held_back, drive_db=5.25, renders=3,
                      reduction=reduction, track_reductions=(reduction, reduction, reduction))  # fmt: skip
    return Deliverable(passed=all(f.passed for f in findings), title=f"As {name}", findings=findings, promise=promise,
                       files=(DeliveredFile(path=f"{name}/01.wav", sha256=HASH, bytes=12_345_678),))  # fmt: skip


def case(
    titles: list[str],
    before: list[Analysis],
    after: Mapping[str, list[Analysis]],
    findings: tuple[Finding, ...] = (),
    **track: Any,
) -> tuple[Certificate, dict[str, Plan], list[Analysis], Mapping[str, list[Analysis]]]:
    """What `report_html` takes: an album of `titles`, each with its remark, delivered as `after` has it."""
    tracks = tuple({"mix": f"{n}.wav", "title": title} | (track if n else {}) for n, title in enumerate(titles))
    about = {"title": titles[0], "artist": "The Band"}
    intent = {"head_s": 0.0, "tail_s": 0.0}
    album = Album.model_validate({"album": about, "intent": intent, "tracks": tracks})
    plans = {name: plan(name, album, before) for name in after}
    said = [[Fault("", f"clipped: {title}", "warning")] for title in titles]
    origin = origin_of(album, HASH, before, said)
    certificate = Certificate(
        passed=all(f.passed for f in findings),
        source=HASH,
        album=origin.album,
        deliverables={name: deliverable(name, findings, held_back=name == "streaming") for name in after},
        tracks=accounts(album, plans["cd-wav"].treatments, origin, after),
        versions={"glassmaster": "0.1.0"},
    )
    return certificate, plans, before, after


@cache
def ordinary() -> tuple[Any, ...]:
    before = [heard(1, -26.0), heard(2, -18.0), heard(3, -22.0)]
    loud = [heard(1, -14.0), heard(2, -13.0), heard(3, -14.0)]
    kept, broken = finding("bit depth", 16, 16, passed=True), finding("true peak", -0.31, -0.5, passed=False)
    after = {"cd-wav": loud, "streaming": loud, "vinyl-12in-33": before}
    return case([HOSTILE, "Two", "Three"], before, after, (kept, broken), crossfade_s=1.0)


@cache
def page() -> str:
    return report_html(*ordinary())


class Seen(HTMLParser):
    """Every element with its attributes and the text directly in it; complains of tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.elements[self._open[-1]][2].append(data)

    def texts(self, tag: str) -> list[str]:
        return ["".join(text).strip() for name, _, text in self.elements if name == tag]

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes, _ in self.elements if (value := attributes.get(name)) is not None]


@cache
def seen() -> Seen:
    return Seen(page())


def rows(html: str, name: str) -> list[list[str]]:
    """The cells of each row of the table of class `name`, as plain text."""
    (table,) = re.findall(rf'<table class="{name}">(.*?)</table>', html, re.S)
    cells = (re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.S) for row in re.findall(r"<tr.*?>(.*?)</tr>", table, re.S))
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in cells]


def curve_px(svg: str, variable: str) -> NDArray[np.float64]:
    """The points of the longest line of one colour, of shape (points, 2)."""
    paths = re.findall(rf'<path d="([^"]*)"[^>]*style="fill: none; stroke: var\(--{variable}\)', svg)
    longest = max(paths, key=len)
    return np.array([[float(x), float(y)] for x, y in re.findall(r"[ML] (\S+) (\S+)", longest)])


def test_equal_runs_give_equal_pages() -> None:
    assert report_html(*ordinary()) == page()


def test_pages_drawn_side_by_side_are_the_page_drawn_alone() -> None:
    start = Barrier(2)

    def drawn(_: int) -> str:
        start.wait()
        return report_html(*ordinary())

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(drawn, range(2))) == {page()}


def test_titles_of_strangers_are_shown_and_do_nothing() -> None:
    tags = {tag for tag, _, _ in seen().elements}
    assert not tags & {"script", "img", "iframe", "object", "link"}
    assert not [name for _, attributes, _ in seen().elements for name in attributes if name.startswith("on")]
    assert seen().texts("h1") == [HOSTILE]
    assert f"1 {HOSTILE}" in seen().texts("h3")


def test_nothing_is_fetched_and_every_reference_is_inside() -> None:
    assert not re.search(r"(?<!<)//|@import|src=(?!x)", page())
    references = seen().attributes("href") + [f"#{name}" for name in re.findall(r"url\(#([^)]+)\)", page())]
    ids = seen().attributes("id")
    assert references
    assert {reference.removeprefix("#") for reference in references} <= set(ids)
    assert len(ids) == len(set(ids))


def test_what_loudness_cost_is_told_track_by_track() -> None:
    certificate, plans, before, after = ordinary()
    taken = ReductionFigures(median_db=0.5, heavy_db=1.25, worst_second_db=1.52, worst_at_s=61.0)
    tracks = (certificate.tracks[0].model_copy(update={"compression": taken}), *certificate.tracks[1:])
    only = {"cd-wav": certificate.deliverables["cd-wav"]}
    alone = certificate.model_copy(update={"deliverables": only, "tracks": tracks})
    page_of_one = report_html(alone, plans, before, after)
    first = rows(page_of_one, "costs")[1:]
    assert len(first) == 3
    for row, one, other in zip(first, before, after["cd-wav"], strict=True):
        assert row[2:6] == ["0.1", "1.9", "3.4", "2:05"]
        assert one.peak_to_loudness_lu is not None
        assert other.peak_to_loudness_lu is not None
        assert row[6] == figure(one.peak_to_loudness_lu - other.peak_to_loudness_lu, signed=True)
    assert [row[1] for row in first] == ["0.5 / 1.2 / 1.5", "–", "–"]
    assert (
        "0.5 dB in the median, more than 1.2 dB for 5% of the time, 1.5 dB in the worst second, at 1:01" in page_of_one
    )


def test_can_be_read_by_those_who_do_not_see() -> None:
    assert seen().elements[0][0] == "html"
    assert seen().attributes("lang") == ["en-GB"]
    tags = [tag for tag, _, _ in seen().elements]
    assert tags.count("table") == tags.count("caption") > 0
    assert all("scope" in attributes for tag, attributes, _ in seen().elements if tag == "th")
    drawings = [attributes for tag, attributes, _ in seen().elements if tag == "svg"]
    assert drawings
    assert all(found["role"] == "img" and found["aria-label"] for found in drawings)


def test_failed_findings_come_first_and_are_called_so() -> None:
    kept, broken = finding("bit depth", 16, 16, passed=True), finding("true peak", -0.31, -0.5, passed=False)
    one = [heard(1)]
    html = report_html(*case(["One"], one, {"cd-wav": one}, (kept, broken, kept)))
    results = [row[:1] + row[2:5] for row in rows(html, "findings")[1:]]
    assert results == [["✗ FAILED", "true peak", "−0.31", "−0.5"], *[["✓ passed", "bit depth", "16", "16"]] * 2]
    assert "FAILED" not in report_html(*case(["One"], one, {"cd-wav": one}, (kept,)))


def test_a_failed_text_is_shown_in_full_and_a_kept_one_in_short() -> None:
    one = [heard(1)]
    wrong = finding("samples", HASH, "f" * 64, passed=False)
    right = finding("samples", HASH, HASH, passed=True)
    found = rows(report_html(*case(["One"], one, {"cd-wav": one}, (right, wrong))), "findings")[1:]
    assert found[0][3:5] == [HASH, "f" * 64]
    assert found[1][3:5] == [HASH[:24] + "…"] * 2


def test_the_track_table_has_the_figures_of_the_certificate() -> None:
    certificate = ordinary()[0]
    table = rows(page(), "figures")[1:]
    shown = [row[-11].replace("−", "-") for row in table]
    wanted = [h.integrated_lufs for account in certificate.tracks for h in (account.before, *account.after.values())]
    assert shown[: len(wanted)] == [f"{value:.1f}" for value in wanted]
    before = [account.before.integrated_lufs for account in certificate.tracks]
    assert shown[len(wanted)] == f"{max(before) - min(before):.1f}"


def test_what_is_undefined_is_a_dash_and_a_gap() -> None:
    before = [heard(1), silence(), heard(2, seconds=0.5)]
    html = report_html(*case(["One", "Silent", "Short"], before, {"cd-wav": before}))
    silent = rows(html, "figures")[3]
    assert silent[1:] == ["mix", *["–"] * 11]
    drawings = "".join(re.findall(r"<svg.*?</svg>", html, re.S))
    assert not re.search(r"\b(nan|inf)\b", drawings, re.I)


def test_an_album_of_silence_still_makes_a_page() -> None:
    nothing = [silence(), silence(0.1)]
    Seen(report_html(*case(["One", "Two"], nothing, {"cd-wav": nothing})))


def test_a_deliverable_of_an_earlier_run_is_shown_without_its_plot() -> None:
    certificate, plans, before, after = ordinary()
    html = report_html(certificate, {"cd-wav": plans["cd-wav"]}, before, {"cd-wav": after["cd-wav"]})
    assert "As vinyl-12in-33" in html
    assert html.count('aria-label="Short-term loudness') == 1


def test_says_what_was_held_back_and_why() -> None:
    held = "Held back to −15.2 LUFS instead of −14.0: more drive would take more gain reduction than reduction_limit_db"
    assert page().count(held) == 1
    assert "median 0.1 dB, exceeds 1.9 dB for 5% of the time, worst second 3.4 dB at 2:05" in page()


def test_the_sequence_stands_in_minutes_and_seconds_as_all_times_do() -> None:
    assert [disc_time(frames) for frames in (0, 74, 75, 4499, 4500, 359999)] == [
        *("0:00.00", "0:00.99", "0:01.00", "0:59.99", "1:00.00", "79:59.99")
    ]
    # Four seconds a track, each a second into the one before: marks at 0, 3 and 6 s, on one side or two.
    starts = re.findall(r'<td class="number">(\d:\d\d\.\d\d)</td><td class="number">(\d:\d\d\.\d\d)', page())
    disc = [("0:00.00", "0:03.00"), ("0:03.00", "0:03.00"), ("0:06.00", "0:04.00")]
    sides = [("0:00.00", "0:03.00"), ("0:03.00", "0:04.00"), ("0:00.00", "0:04.00")]
    assert starts == disc + sides


def test_twelve_decibels_more_are_twelve_decibels_higher_in_the_plot() -> None:
    quiet, loud = [heard(1, -30.0)], [heard(1, -18.0)]
    _, plans, _, _ = case(["One"], quiet, {"cd-wav": loud})
    svg = plots.loudness_plot(plans["cd-wav"], quiet, loud, (-48.0, -12.0), "one", "one")
    inner = ElementTree.fromstring(svg).find(".//clipPath/rect")  # noqa: S314 - drawn here
    assert inner is not None
    per_db = float(inner.attrib["height"]) / 36.0
    raised = curve_px(svg, "before") - curve_px(svg, "after")
    np.testing.assert_allclose(raised, np.broadcast_to([0.0, 12.0 * per_db], raised.shape), atol=0.01)


def test_what_nobody_hears_is_a_gap_in_the_curve() -> None:
    rng = np.random.default_rng(7)
    levels_db = np.repeat([-20.0, -100.0, -20.0], 5 * RATE_HZ)[:, None]
    paused = [analyse([rng.standard_normal((len(levels_db), 2)) * 10 ** (levels_db / 20)], RATE_HZ)]
    _, plans, _, _ = case(["One"], paused, {"cd-wav": paused})
    svg = plots.loudness_plot(plans["cd-wav"], paused, paused, (-120.0, 0.0), "one", "one")
    (drawn,) = re.findall(r'<path d="([^"]*)"[^>]*style="fill: none; stroke: var\(--after\); stroke-width: 1.1', svg)
    assert drawn.count("M") == 2


def test_tone_is_compared_apart_from_level() -> None:
    quiet, loud = plots.balanced_db(heard(1, -40.0).spectrum), plots.balanced_db(heard(1, -14.0).spectrum)
    np.testing.assert_allclose(quiet, loud, atol=1e-6)
    assert plots.spread_db([quiet, loud]) == pytest.approx(0.0, abs=1e-6)
    assert plots.spread_db([quiet - 3.0, quiet + 3.0]) == pytest.approx(3.0)
    assert plots.spread_db([quiet]) is None


def test_a_long_album_makes_a_page_of_moderate_size() -> None:
    rng = np.random.default_rng(1)
    long = []
    for seed in range(20):
        short = heard(seed % 4)
        powers = short.loudness.short_term_powers.mean() * 10 ** rng.normal(0.0, 0.4, 2400)
        loudness = replace(short.loudness, short_term_powers=powers)
        peak = replace(short.true_peak, tenth_peaks=np.full(2430, 0.5, np.float32))
        long.append(replace(short, frames=240 * RATE_HZ, loudness=loudness, true_peak=peak))
    after = dict.fromkeys(("cd-wav", "streaming", "vinyl-12in-33"), long)
    html = report_html(*case([f"Song {n}" for n in range(20)], long, after))
    assert len(html.encode()) < 1_500_000


def test_what_services_will_play_is_told_of_what_they_can_be_sent() -> None:
    certificate, plans, before, after = case(["One", "Two"], [heard(1, -26.0), heard(2, -18.0)], {
        name: [heard(1, -24.0), heard(2, -15.0)] for name in ("cd-wav", "streaming")
    })  # fmt: skip
    whole = whole_figures(after["streaming"])
    made = {name: each.model_copy(update={"whole": whole}) for name, each in certificate.deliverables.items()}
    html = report_html(certificate.model_copy(update={"deliverables": made}), plans, before, after)
    told = {(row[0], row[1]): row[2:] for row in rows(html, "services")[1:]}
    loud, soft = (certificate.tracks[n].after["streaming"].integrated_lufs for n in (1, 0))
    assert loud is not None
    assert soft is not None
    assert {*told} == {(service.name, service.mode) for service in load_services()}
    tidal = told["Tidal", "albums and playlists"]
    assert tidal[:5] == ["−14", figure(-14.0 - loud, signed=True), "−14.0", figure(soft - loud - 14.0), "100%"]
    assert tidal[-2:] == ["others say", "2026-12-01"]
    assert told["Qobuz", "default"][:2] == ["–", "+0.0"]
    assert told["Spotify", "normal, album"][-2] == "own page 1, 2"
    assert "Assumed: an album goes by the loudness of all its music pooled." in html


def test_an_older_deliverable_tells_less_of_services_and_a_failed_one_nothing() -> None:
    one = [heard(1)]
    html = report_html(*case(["One"], one, {"cd-wav": one, "streaming": one}))
    assert "does not hold the album's loudness: Spotify (normal, album), " in html
    assert ["Tidal", "albums and playlists"] in [row[:2] for row in rows(html, "services")]
    failed = report_html(
        *case(["One"], one, {"cd-wav": one, "streaming": one}, (finding("true peak", 1.0, 0.0, passed=False),))
    )
    assert 'id="services"' not in failed
