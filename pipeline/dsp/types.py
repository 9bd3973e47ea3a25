"""Names for samples and figures that are arrays of double precision."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Numbers of any kind and shape."""
Block = NDArray[np.float64]
"""Samples of shape (frames, channels), full scale at 1.0."""
Powers = NDArray[np.float64]
"""Mean squares: of gating blocks, of tenths of a second, of bins."""
