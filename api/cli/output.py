"""What commands print, and how failures end: one clear line and an exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pydantic
import typer
import typer.exceptions
from rich.console import Console

from api.cli.state import CommandState
from index.errors import InvalidAlias, InvalidQuery, TranscriptQAError, UnknownDocument

FAILED = 1
WRONG_USAGE = 2
# The shell's convention for a process that an interrupt ended.
INTERRUPTED = 130

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def complain(message: str) -> None:
    """Print one line of error on standard error."""
    err.print(f"[bold red]error:[/] {escape(' '.join(message.split()))}")


def escape(text: str) -> str:
    """Return text that the terminal shows as it stands: no markup, no control sequences."""
    from rich.markup import escape as escape_markup

    shown = "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)
    return escape_markup(shown)


@contextmanager
def failures() -> Iterator[None]:
    """Turn what goes wrong into one line on standard error and an exit code.

    A question, filter or alias that can't be used as typed is wrong usage (2); everything else that
    fails is 1. With ``--json`` standard output gets the problem as the HTTP interface words it.
    """
    try:
        yield
    except (InvalidQuery, InvalidAlias) as error:
        _end(error, str(error), WRONG_USAGE)
    except UnknownDocument as error:
        _end(error, f"{error} (`transcript-qa documents list`)", FAILED)
    except TranscriptQAError as error:
        _end(error, str(error), FAILED)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        name = "TRANSCRIPT_QA_" + "_".join(str(part) for part in first["loc"]).upper()
        reason = first["msg"].removeprefix("Value error, ")
        _end(error, f"the setting {name} doesn't fit: {reason}", WRONG_USAGE)
    except typer.exceptions.TyperException as error:
        _wrong_usage(error)
    except typer.Abort:
        complain("aborted")
        raise SystemExit(FAILED) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain again while exiting.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(FAILED) from None
    except OSError as error:
        _end(error, f"{error.strerror or type(error).__name__}: {error.filename or ''}", FAILED)


def _wrong_usage(error: typer.exceptions.TyperException) -> NoReturn:
    """Show how the command is used and what was wrong, as the argument parser words it."""
    show = getattr(error, "show", None)
    if show is None:
        complain(error.format_message())
    else:
        show()
    if CommandState.json_wanted:
        from api.problems import ProblemDetails

        detail = " ".join(error.format_message().split())
        print_json(ProblemDetails(422, "wrong_usage", detail).to_json())
    raise SystemExit(error.exit_code) from None


def _end(error: Exception, message: str, code: int) -> None:
    complain(message)
    if CommandState.json_wanted:
        from api.problems import problem_of

        print_json(problem_of(error).to_json())
    raise SystemExit(code) from None
