"""Keep README.md true: the table of settings and the outputs shown are written from the code.

``python -m scripts.readme`` rewrites them; tests compare what must not differ between two runs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pydantic_core import PydanticUndefined

from qa.settings import Settings

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"

ASKED = "Where will the next round of talks be held?"
POSTED = "How many Russian troops are near the border?"

_SETTINGS = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)
_CONSOLE = re.compile(r'(\$ transcript-qa ask "[^\n]+\n).*?(```)', re.DOTALL)
_JSON = re.compile(r"(```json\n).*?(```)", re.DOTALL)


def settings_table() -> str:
    """Return the settings as a Markdown table."""
    rows = ["| setting | default | what |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        if name == "cache_dir":
            shown = "the user's cache folder"
        elif default is None or default is PydanticUndefined:
            shown = "–"
        else:
            shown = f"`{default}`"
        rows.append(f"| `{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows) + "\n"


def with_settings(text: str) -> str:
    """Return the README with the table as the code has it now."""
    return _SETTINGS.sub(lambda m: m.group(1) + settings_table() + m.group(2), text)


def with_outputs(text: str, console: str, answer: str) -> str:
    """Return the README with these outputs of the two questions that it shows."""
    text = _CONSOLE.sub(lambda m: m.group(1) + console + m.group(2), text)
    return _JSON.sub(lambda m: m.group(1) + answer + "\n" + m.group(2), text)


def run(data_dir: Path, *arguments: str) -> str:
    """Return what a command prints; the terminal is 100 characters wide."""
    environment = {"TRANSCRIPT_QA_DATA_DIR": str(data_dir), "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def ask_both(data_dir: Path) -> tuple[str, str]:
    """Return the console's answer to one question and the JSON of the other."""
    run(data_dir, "ingest", "seeds/transcripts")
    console = run(data_dir, "ask", ASKED, "--mode", "quote")
    answer = json.loads(run(data_dir, "ask", POSTED, "--mode", "quote", "--json"))
    return console, json.dumps(answer, ensure_ascii=False, indent=1)


def main() -> None:
    """Rewrite the README's table and outputs."""
    text = with_settings(README.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        text = with_outputs(text, *ask_both(Path(folder)))
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
