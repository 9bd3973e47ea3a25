"""The true peak that a customer's meter shows: by the filter of ITU-R BS.1770-5, Annex 2, to the letter.

Its 48 taps, four phases of 12, oversample four times; the standard asks for no more than 192 kHz, so that from there on
samples are taken as they are. It is a reading to agree with, not the waveform: its phases are up to 0.2 dB high or low,
0.4 dB low at 0.45 of the sample rate, and a peak there that falls between two points reads another 0.5 dB low.
"""

import numpy as np
from numba import njit

from pipeline.dsp.peak_bounds import BLOCK, BlockPeaks, Samples, filter_gain

HIGHEST_RATE_HZ = 192_000  # from here on, nothing is oversampled (Annex 2 asks for a rate no higher)
HALF = (  # of the table: phases 0 and 1; 3 and 2 are these in reverse
    (0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875, 0.1373291015625,
     0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250, 0.0148925781250, -0.0083007812500),
    (-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500, 0.4650878906250,
     0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375),
)  # fmt: skip
PHASES = np.array([*HALF, *(phase[::-1] for phase in HALF[::-1])])
CENTRE = PHASES.shape[1] // 2  # the tap that meets the sample before the point
RISE = filter_gain((phase, CENTRE) for phase in PHASES)
_TAPS = PHASES.astype(np.float32)


def highest(samples: Samples, sketch: BlockPeaks, rate_hz: int, floor: float) -> float:
    """The highest magnitude above `floor` of the samples and the points between them; else `floor`.

    `samples` of shape (channels, frames), in whole blocks, and their outline; the first and the last block are only
    heard. Samples count with the points because no phase passes them as they are: a lone one would read 0.25 dB low.
    """
    floor = max(floor, float(sketch.peaks.max()))
    return floor if rate_hz >= HIGHEST_RATE_HZ else _highest(samples, sketch.bounds(RISE), floor)


@njit(nogil=True)
def _filter(samples: Samples, start: int, taps: Samples, out: Samples) -> None:
    out[:] = 0.0
    for tap in range(taps.shape[0]):
        seen = samples[start - tap : start - tap + BLOCK]
        for i in range(BLOCK):
            out[i] += taps[tap] * seen[i]


@njit(cache=True, nogil=True)
def _highest(samples: Samples, bounds: Samples, floor: float) -> float:
    points = np.empty(BLOCK, np.float32)
    for channel in range(bounds.shape[0]):
        for block in range(1, bounds.shape[1] - 1):
            if bounds[channel, block] > floor:
                for phase in range(_TAPS.shape[0]):
                    _filter(samples[channel], block * BLOCK + CENTRE, _TAPS[phase], points)
                    for i in range(BLOCK):
                        floor = max(floor, abs(points[i]))
    return floor
