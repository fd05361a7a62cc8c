"""How the command line speaks: text that no terminal obeys, progress, errors in one sentence, exit codes."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from norwalk_analytics.policy import UserError
from norwalk_analytics.telling import escaped, visible

EXIT_CODES = """\b
Exit codes:
  0    done: every row accepted, the report as it should be
  1    done, and something is to be looked at: rows set aside (validate), a report that differs (verify)
  2    not done: what is wrong stands in one sentence on standard error
  3    a fault of the toolkit itself, with its traceback
  130  interrupted
Progress is shown on a terminal alone. No colours are printed, with NO_COLOR or without.
"""
FAULT = "This is a fault of norwalk-analytics, not of your data. What stood there before is as it was."


def say(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Print a text of which nothing is obeyed by the terminal: names and cells in it may be anybody's."""
    click.echo(visible(text) + end, err=err, nl=False)


def say_json(value: Any) -> None:
    """Print a value for a program to read, on one line."""
    say(escaped(json.dumps(value, ensure_ascii=False)))


def watched() -> bool:
    """Whether somebody watches: standard error is a terminal that can write over a line."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """What is being done, on one line of a terminal; nothing where nobody watches."""
    shown = watched()

    def clear() -> None:
        if shown:
            click.echo("\r\033[K", err=True, nl=False)

    def tell(doing: str) -> None:
        clear()
        if shown:
            say(f"{doing} …", err=True, end="")

    try:
        yield tell
    finally:
        clear()


class Commands(click.Group):
    """A person never sees a traceback of what they can mend: it is one sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what goes wrong is said, and becomes an exit code."""
        try:
            return super().invoke(ctx)
        except (UserError, FileExistsError) as error:
            said, code = str(error), 2
        except MemoryError:
            said, code = "There is not enough memory for this file. Nothing was written.", 2
        except KeyboardInterrupt:
            said, code = "Interrupted.", 130
        except BrokenPipeError:  # whoever read what is printed has gone; click ends quietly
            raise
        except OSError as error:
            said, code = _of_the_disk(error), 2
        except (click.ClickException, click.Abort, click.exceptions.Exit, SystemExit):
            raise
        except BaseException:  # a panic of Polars is no Exception
            said, code = f"{traceback.format_exc()}{FAULT}", 3
        say(said, err=True)
        raise click.exceptions.Exit(code)


def _of_the_disk(error: OSError) -> str:
    """What the system said of a file, in a sentence."""
    name = Path(str(error.filename)).name if error.filename else "The file"
    if isinstance(error, PermissionError):
        return f"{name}: there is no right to write or read it."
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "There is no room left on the disk. What stood there before is as it was."
    if error.errno == errno.EROFS:
        return f"{name}: nothing can be written there. What stood there before is as it was."
    return f"{name}: {error.strerror or 'it can not be read or written'}."
