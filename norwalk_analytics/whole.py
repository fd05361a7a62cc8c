"""A file is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from norwalk_analytics.policy import UserError


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where there is none.

    Raises:
        UserError: if a file bears its name.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        message = f"{folder.name} is a file, so no folder of that name can be made."
        raise UserError(message) from None


def folder_of(owner: object) -> Path:
    """A temporary folder that goes when its owner does."""
    path = tempfile.mkdtemp(prefix="norwalk-analytics-")
    weakref.finalize(owner, shutil.rmtree, path, ignore_errors=True)
    return Path(path)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file to write to, which takes its name once it is whole.

    It is ``.NAME.partial`` beside the target; a run that is killed leaves at most that, and the next run
    removes it.

    Args:
        path: the target; it is replaced where it exists.

    Raises:
        OSError: if the folder can't be written; the target is as it was.
    """
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # elsewhere a folder can't be opened, and the rename is durable enough
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write bytes, or a text as UTF-8 with the line ends it has; see ``whole_file``."""
    data = content.encode() if isinstance(content, str) else content
    with whole_file(path) as partial, partial.open("xb") as file:
        file.write(data)
