"""Keep README.md true: the table of settings is written from the code; tests compare the two."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pydantic_core import PydanticUndefined

from qa.settings import Settings

README = Path(__file__).parent.parent / "README.md"
_SETTINGS = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)


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


def updated(text: str) -> str:
    """Return the README with the table as the code has it now."""
    return _SETTINGS.sub(lambda m: m.group(1) + settings_table() + m.group(2), text)


def main() -> None:
    """Rewrite the README's table, or with ``--check`` exit 1 when it is not as the code has it."""
    text = README.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        sys.exit(updated(text) != text and "README.md is out of date: python -m scripts.readme")
    README.write_text(updated(text), encoding="utf-8")


if __name__ == "__main__":
    main()
