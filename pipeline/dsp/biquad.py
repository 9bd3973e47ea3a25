"""One sample through a second-order section, for the kernels that filter: the same arithmetic in each of them.

Transposed direct form II. It is compiled into the kernels of every module that imports it; their caches notice only
changes to their own file.
"""

from numba import njit


@njit(cache=True, nogil=True)
def coefficients(section):  # type: ignore[no-untyped-def]
    """b0, b1, b2, a1 and a2 of a row of sections as scipy has them: b0 b1 b2 1 a1 a2."""
    return section[0], section[1], section[2], section[4], section[5]


@njit(cache=True, nogil=True)
def step(value, section, now, later):  # type: ignore[no-untyped-def]
    """The sample filtered, and what the section then adds to the next sample and to the one after.

    `section` are its `coefficients`; `now` and `later` are what it adds to this sample and to the next.
    """
    b0, b1, b2, a1, a2 = section
    filtered = b0 * value + now
    return filtered, b1 * value - a1 * filtered + later, b2 * value - a2 * filtered
