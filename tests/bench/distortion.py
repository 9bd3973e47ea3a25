"""What a limiter did to a sound besides making it louder: a number for each way in which it can be heard.

Each compares what came out with what was driven in, both (frames, channels) and aligned. All channels have one gain, as
they should: an image that moves counts as distortion. No number changes if either sound is made louder or softer.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pyloudnorm import Meter
from scipy.signal import butter, find_peaks, lfilter, sosfiltfilt

Sound = NDArray[np.float64]
Values = NDArray[np.float64]

HIGHEST_DB = 150.0
"""The best that is read: what double precision leaves of a mere gain says nothing about a limiter."""

TINY = np.finfo(float).tiny

WINDOW_S = 0.05  # of one gain: shorter than a beat, longer than a period of any bass
WORST = 10.0  # percent of windows
AUDIBLE_DB = -40.0  # below the loudest window, band or frame: what is softer is not judged

FRAME_S = 0.046
FIRST_BAND_HZ, BANDS = 50.0, 26  # thirds of an octave, up to 16 kHz

GRID_S = 0.001
ATTACK_GRIDS, SURROUND_GRIDS = 5, 200
ONSETS = 40
ONSET_DB = -20.0  # below the loudest attack
RISE_GRIDS = 50  # over which an attack rises: two periods of a bass note, lest each of them be an attack
DUCKED_GRIDS = 20, 5  # before an attack: what is done later, the attack masks

GAIN_S, GAIN_STEP_S = 0.02, 0.01
PUMP_HZ = (0.7, 12.0)


def sdr50_db(driven: Sound, limited: Sound, rate_hz: int) -> float:
    """Signal to distortion: the energy that a gain per 50 ms explains, of all windows, over the energy that is left."""
    signal, residual = _explained(driven, limited, rate_hz)
    return float(_ratio_db(signal.sum(), residual.sum()))


def k_weighted_worst_sdr_db(driven: Sound, limited: Sound, rate_hz: int) -> float:
    """The same ratio, K-weighted, that a tenth of the audible windows do not reach."""
    signal, residual = _explained(_k_weighted(driven, rate_hz), _k_weighted(limited, rate_hz), rate_hz)
    audible = _audible(signal)
    return float(np.percentile(_ratio_db(signal[audible], residual[audible]), WORST))


def _explained(driven: Sound, limited: Sound, rate_hz: int) -> tuple[Values, Values]:
    """The energy of each window of `driven` at the gain that makes it most like `limited`, and of what is left then.

    Windows are roots of Hann's and overlap by half, so that energies add up and a gain that moves evenly counts little.
    """
    x, y = (_windows(sound, round(WINDOW_S * rate_hz)) for sound in (driven, limited))
    energy = np.square(x).sum(axis=1)
    gain = (x * y).sum(axis=1) / np.maximum(energy, TINY)
    return gain**2 * energy, np.square(y - gain[:, None] * x).sum(axis=1)


def _windows(sound: Sound, length: int) -> Values:
    """Shape (windows, samples of all channels)."""
    window = np.sqrt(np.hanning(length + 1)[:-1])
    pieces = sliding_window_view(sound, length, axis=0)[:: length // 2] * window
    return np.asarray(pieces.reshape(len(pieces), -1))


def _ratio_db(one: Values, other: Values) -> Values:
    return np.minimum(10.0 * (np.log10(np.maximum(one, TINY)) - np.log10(np.maximum(other, TINY))), HIGHEST_DB)


def _audible(energies: Values, axis: int = 0) -> NDArray[np.bool_]:
    """Which are not so much softer than the loudest that they are not judged."""
    return np.asarray(energies > energies.max(axis=axis, keepdims=True) * 10.0 ** (AUDIBLE_DB / 10.0))


def _k_weighted(sound: Sound, rate_hz: int) -> Sound:
    """ITU-R BS.1770-5 Annex 1, by pyloudnorm's exact filter: what is hardly heard counts for little."""
    for stage in Meter(rate_hz, filter_class="DeMan")._filters.values():
        sound = stage.passband_gain * lfilter(stage.b, stage.a, sound, axis=0)
    return sound


def spectral_distance_db(driven: Sound, limited: Sound, rate_hz: int) -> float:
    """Log-spectral distance, level-free: by how much the bands of a frame were changed unlike, on average of frames.

    Of each frame of 46 ms, the standard deviation over its thirds of an octave of the change of level.
    """
    before, after = _band_powers(driven, rate_hz), _band_powers(limited, rate_hz)
    heard = _audible(before.sum(axis=1))
    before, after = before[heard], after[heard]
    change_db = np.where(_audible(before, axis=1), _ratio_db(after, before), np.nan)
    return float(np.nanstd(change_db, axis=1).mean())


def _band_powers(sound: Sound, rate_hz: int) -> Values:
    """The power of all channels in each band of each frame, (frames of 46 ms, bands)."""
    length = round(FRAME_S * rate_hz)
    window = np.hanning(length)
    pieces = sliding_window_view(sound, length, axis=0)[:: length // 2]
    spectra = np.square(np.abs(np.fft.rfft(pieces * window, axis=-1))).sum(axis=1)
    edges_hz = FIRST_BAND_HZ * 2.0 ** ((np.arange(BANDS + 1) - 0.5) / 3.0)
    edges = np.round(edges_hz * length / rate_hz).astype(int)
    return np.add.reduceat(spectra, edges, axis=1)[:, :-1]


def transient_loss_db(driven: Sound, limited: Sound, rate_hz: int) -> float:
    """How much less 5 ms stand out of the 200 ms around them, on average of the 40 onsets that did so most."""
    attack, before_db = _prominence_db(driven, rate_hz)
    loud = attack > attack.max() * 10.0 ** (ONSET_DB / 10.0)
    places = find_peaks(np.where(loud, before_db, -HIGHEST_DB), height=0.0, distance=SURROUND_GRIDS // 2)[0]
    onsets = places[np.argsort(before_db[places])[-ONSETS:]]
    after_db = _prominence_db(limited, rate_hz)[1]
    return float((before_db[onsets] - after_db[onsets]).mean()) if len(onsets) else 0.0


def _prominence_db(sound: Sound, rate_hz: int) -> tuple[Values, Values]:
    """The energy of 5 ms at every millisecond, and its ratio to its share of the 200 ms around."""
    grid = round(GRID_S * rate_hz)
    grids = len(sound) // grid
    energy = np.square(sound[: grids * grid]).reshape(grids, -1).sum(axis=1)
    attack, surround = (np.convolve(energy, np.ones(n), "same") for n in (ATTACK_GRIDS, SURROUND_GRIDS))
    return attack, _ratio_db(attack / ATTACK_GRIDS, surround / SURROUND_GRIDS)


def pre_attack_db(driven: Sound, limited: Sound, rate_hz: int) -> float:
    """By how much the gain 20 to 5 ms before an attack differs from that of the 200 ms before it, on average of 40.

    Negative if the level falls before the drum; positive if, there, the gain is still coming back from an earlier one.
    The attacks are those 5 ms that rise most above the 50 ms before them, where what precedes them can be heard.
    """
    grid = round(GRID_S * rate_hz)
    x, y = (sound[: len(sound) // grid * grid].reshape(len(sound) // grid, -1) for sound in (driven, limited))
    energy, product = np.square(x).sum(axis=1), (x * y).sum(axis=1)
    attacks = _attacks(energy)
    if not len(attacks):
        return 0.0

    def gain_db(first: int, last: int) -> Values:
        before = attacks[:, None] - np.arange(first, last, -1)
        return 2.0 * _ratio_db(product[before].sum(axis=1), energy[before].sum(axis=1))

    return float((gain_db(*DUCKED_GRIDS) - gain_db(SURROUND_GRIDS, 0)).mean())


def _attacks(energy: Values) -> NDArray[np.intp]:
    """The milliseconds at which attacks begin, of which `energy` is known."""
    grids = np.arange(SURROUND_GRIDS, len(energy) - ATTACK_GRIDS + 1)
    if not len(grids):
        return grids
    first, last = DUCKED_GRIDS
    attack = _sums(energy, ATTACK_GRIDS)[grids]
    rise_db = _ratio_db(attack / ATTACK_GRIDS, _sums(energy, RISE_GRIDS)[grids - RISE_GRIDS] / RISE_GRIDS)
    heard = _audible(_sums(energy, first - last)[grids - first]) & (attack > attack.max() * 10.0 ** (ONSET_DB / 10.0))
    places = find_peaks(np.where(heard, rise_db, -HIGHEST_DB), height=0.0, distance=SURROUND_GRIDS // 2)[0]
    return np.asarray(grids[places[np.argsort(rise_db[places])[-ONSETS:]]])


def _sums(values: Values, count: int) -> Values:
    """Of each `count` successive values."""
    return np.asarray(sliding_window_view(values, count).sum(axis=1))


def pump_db(driven: Sound, limited: Sound, rate_hz: int) -> float:
    """Standard deviation of the gain's 0.7 to 12 Hz part: what is heard as breathing, slower than any tone's period."""
    step, steps = round(GAIN_STEP_S * rate_hz), round(GAIN_S / GAIN_STEP_S)
    count = len(driven) // step
    x, y = (sound[: count * step].reshape(count, -1) for sound in (driven, limited))
    energy = np.convolve((x * x).sum(axis=1), np.ones(steps), "valid")
    product = np.convolve((x * y).sum(axis=1), np.ones(steps), "valid")
    known = _audible(energy) & (product > 0.0)
    gain_db = 2.0 * _ratio_db(product[known], energy[known])
    # A gain is not to be seen in what is nearly silent: it is taken to move straight from one known place to the next.
    gain_db = np.interp(np.arange(len(energy)), np.flatnonzero(known), gain_db)
    band = butter(2, PUMP_HZ, "bandpass", fs=rate_hz / step, output="sos")
    return float(np.std(sosfiltfilt(band, gain_db)))
