"""At which rate an album is sequenced, and at which it is delivered, and which mixes that would be a pretence for."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from albums.faults import Fault
from pipeline.analysis.analysis import Analysis
from pipeline.intake.mixes import Source
from profiles import Profile

CD_BITS = 16
BANDWIDTH = "bandwidth"  # the defect that says where a codec or a lower sample rate ended a mix
WORKING_RATES_HZ = (44100, 48000, 88200, 96000, 176400, 192000)


def working_rate_hz(stretches: Iterable[tuple[int, float]]) -> int:
    """The album's native rate from (rate in Hz, duration in s) of its mixes: the one that carries most of it.

    Of two that carry as much, it is the higher. A rate that is never delivered is raised to the next that is.
    """
    carried: Counter[int] = Counter()
    for rate_hz, duration_s in stretches:
        carried[rate_hz] += round(duration_s * 1000)
    native = max(carried, key=lambda rate_hz: (carried[rate_hz], rate_hz))
    return delivery_rate_hz(native, WORKING_RATES_HZ)


def delivery_rate_hz(native_hz: int, rates_hz: Sequence[int]) -> int:
    """The lowest of `rates_hz` that loses nothing of `native_hz`; failing that the highest."""
    return min((rate for rate in rates_hz if rate >= native_hz), default=max(rates_hz))


def upsampling_faults(
    profile: Profile, delivered_hz: int, used: Sequence[Source], analyses: Sequence[Analysis]
) -> Iterator[Fault]:
    """What keeps mixes from a profile without upsampling: each that runs below `delivered_hz` is refused.

    Of one that runs as high there is a warning where its sound has no more bits than a CD's and 24 are delivered, and
    where it sounds as if it had been raised before it came, or been through a lossy codec: that is heard, not known.
    Silence runs at any rate.
    """
    if profile.pcm.upsampling:
        return
    music = [(source.mix, analysis) for source, analysis in zip(used, analyses, strict=True) if analysis.has_loudness]
    remedy = _lower_rate([mix.own.rate_hz for mix, _ in music])
    for mix, analysis in music:
        if mix.own.rate_hz < delivered_hz:
            words = f"runs at {mix.own.rate_hz} Hz; {profile.name} would be {delivered_hz} Hz and raises no mix"
            yield Fault(mix.where, f"{words}: wanted {delivered_hz} Hz or more, as it was recorded{remedy}")
            continue
        if analysis.word_length_bits and analysis.word_length_bits <= CD_BITS < profile.pcm.bits:
            words = f"holds {analysis.word_length_bits} bits of sound; {profile.name} wants {profile.pcm.bits} or more"
            yield Fault(mix.where, words, "warning")
        for defect in analysis.defects.faults:
            if defect.kind == BANDWIDTH:
                heard = defect.words.removesuffix(".")
                yield Fault(mix.where, f"{heard}; {profile.name} wants what was recorded at its rate", "warning")


def _lower_rate(own_hz: Sequence[int]) -> str:
    """What else could be done than to send higher mixes: the highest rate that none of them would be raised to."""
    fits_hz = [rate_hz for rate_hz in WORKING_RATES_HZ if rate_hz <= min(own_hz)]
    return f", or a profile whose rate_hz is {max(fits_hz)}" if fits_hz else ""
