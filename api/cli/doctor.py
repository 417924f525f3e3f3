"""``transcript-qa doctor``: what is fine, what is not, and what to do."""

from __future__ import annotations

import typer

from api.cli.options import Json, load_settings, open_service
from api.cli.output import FAILED, escape, out, print_json
from index.errors import TranscriptQAError
from index.records import CheckResult


def doctor(json: Json = False) -> None:
    """Check database, index and models; the language model is asked for a word.

    Ends with 1 when something isn't fine.
    """
    from api.render import check_json

    settings = load_settings()
    try:
        with open_service(settings) as service:
            checks = service.check(ask=True)
    except TranscriptQAError as error:
        # A service that can't even be opened is what a doctor is asked about, not a failure of it.
        checks = (CheckResult("service", False, str(error)),)
    fine = all(check.ok for check in checks)
    if json:
        print_json({"ok": fine, "checks": [check_json(check) for check in checks]})
    else:
        out.print(f"data directory: {escape(str(settings.data_dir.resolve()))}")
        for check in checks:
            sign = "[green]ok[/]  " if check.ok else "[red]not fine[/]  "
            out.print(f"{sign}{escape(check.name)}: {escape(check.detail)}")
            if check.remedy and not check.ok:
                out.print(f"    what to do: {escape(check.remedy)}")
    if not fine:
        raise typer.Exit(FAILED)
