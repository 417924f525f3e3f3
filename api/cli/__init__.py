"""The command line: words typed in a terminal → the same service that HTTP talks to.

Exit codes: 0 done (an abstention is an answer), 1 failed, 2 wrong usage. With ``--json`` standard
output holds one JSON document and nothing else; progress, logs and errors go to standard error.
Anything heavy is imported inside the command that needs it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from api.cli import ask, doctor, documents, feedback, ingest, lifecycle, serve
from api.cli.output import failures
from api.cli.state import CommandState, Opener, open_real
from eval.cli import eval_app

NAME = "transcript-qa"

app = typer.Typer(
    name=NAME,
    help="Ask interviews, broadcasts and meetings; get answers cited to the exact words.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ingest")(ingest.ingest)
app.command("ask")(ask.ask)
app.command("search")(ask.search)
lifecycle.mount(app, documents.app)
app.add_typer(documents.app, name="documents")
app.add_typer(feedback.app, name="feedback")
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.add_typer(eval_app, name="eval")


def main() -> None:
    """Run the command that the arguments name, and leave with its exit code."""
    run()


def run(arguments: Sequence[str] | None = None, opener: Opener = open_real) -> None:
    """Run a command; always ends in ``SystemExit``.

    Args:
        arguments: words after the program's name; those of the process if None.
        opener: what opens the service.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    # Transcripts are private: whatever a command writes is for the user alone.
    os.umask(0o077)
    # Known before the words are understood: wrong usage is a problem in JSON too.
    CommandState.json_wanted = "--json" in words
    CommandState.opener = staticmethod(opener)
    with failures():
        code = app(words, prog_name=NAME, standalone_mode=False)
        # What isn't a code is what a command returned.
        raise SystemExit(code if isinstance(code, int) else 0)
