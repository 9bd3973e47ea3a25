"""Times as people read them, in one notation everywhere: minutes, seconds and, where something stands, hundredths.

Where something stands, and how long music lasts, is told so. Gaps, fades, overlaps and what else a manifest has in
seconds is told in seconds, as it is to be typed; a disc's own addresses, on its sheets, are mm:ss:ff of 1/75 s.
"""


def clock(time_s: float) -> str:
    """Minutes and the whole seconds that have passed, `3:05`."""
    return f"{int(time_s) // 60}:{int(time_s) % 60:02d}"


def clock_cs(time_s: float) -> str:
    """With hundredths of a second, rounded, `3:05.25`."""
    minutes, hundredths = divmod(round(100 * time_s), 60 * 100)
    return f"{minutes}:{hundredths / 100:05.2f}"
