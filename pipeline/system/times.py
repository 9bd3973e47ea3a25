"""Times as people read them: minutes and seconds, as finely as is asked for."""


def clock(time_s: float) -> str:
    """Minutes and the whole seconds that have passed, `3:05`."""
    return f"{int(time_s) // 60}:{int(time_s) % 60:02d}"


def clock_cs(time_s: float) -> str:
    """With hundredths of a second, rounded, `3:05.25`."""
    minutes, hundredths = divmod(round(100 * time_s), 60 * 100)
    return f"{minutes}:{hundredths / 100:05.2f}"


def clock_ms(time_s: float) -> str:
    """With milliseconds, rounded, `3:05.250`, as an editor shows it."""
    minutes, milliseconds = divmod(round(1000 * time_s), 60 * 1000)
    return f"{minutes}:{milliseconds / 1000:06.3f}"
