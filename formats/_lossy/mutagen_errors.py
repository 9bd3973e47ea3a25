"""What mutagen hides: it wraps the system's error, that a disk is full for instance, in one of its own."""

import errno

from mutagen import MutagenError


def as_os_error(error: MutagenError) -> OSError:
    """The system's own error if there was one."""
    cause = error.args[0] if error.args else None
    return cause if isinstance(cause, OSError) else OSError(errno.EIO, f"tags cannot be written: {error}")
