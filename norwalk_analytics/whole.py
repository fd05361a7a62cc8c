"""A file, or a folder, is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from norwalk_analytics.policy import UserError
from norwalk_analytics.telling import listed


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


@contextlib.contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A place to write a folder's content to, which takes its place once it is whole.

    It is ``.partial`` in the folder; a run that is killed leaves at most that, and the next run removes it.

    Args:
        folder: where to; it is made. What is there already would be mixed with ours, so it must be empty.

    Raises:
        UserError: if the folder holds anything, or a file bears its name.
        OSError: if it can't be written; nothing of ours is left then.
    """
    made = not folder.exists()
    make_folder(folder)
    partial = folder / ".partial"
    if held := sorted(path.name for path in folder.iterdir() if path != partial):
        message = f"{folder.name or folder} is not empty: it holds {listed(held, 3)}. Nothing was written: name another folder."
        raise UserError(message)
    ours = [partial]
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        yield partial
        for path in sorted(partial.iterdir()):
            ours.append(path.rename(folder / path.name))
        partial.rmdir()
    except BaseException:
        for path in ours:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
