"""Files of ours that grow by lines: private, appended to, and now and then written anew in one go. For the executor."""

import contextlib
import errno
import os
from pathlib import Path


def append(path: Path, text: str) -> bool:
    """Add lines; return False if the file has gone. Raises OSError, also where only a part could be written."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
    except FileNotFoundError:
        return False
    try:
        data = text.encode()
        if os.write(file, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(file)
    return True


def replace(path: Path, text: str) -> None:
    """Put a file in the place of the one that is there, whole or not at all; raises OSError."""
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    _write_privately(fresh, text.encode())
    fresh.replace(path)


def keep_aside(path: Path, found: bytes) -> None:
    """Keep what was found in a damaged file beside it, if that can be."""
    with contextlib.suppress(OSError):
        _write_privately(path.with_name(f"{path.name}.damaged"), found)


def remove(path: Path) -> None:
    """Remove a file, and what was kept beside it."""
    for name in (path.name, f"{path.name}.new", f"{path.name}.damaged"):
        path.with_name(name).unlink(missing_ok=True)


def _write_privately(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
