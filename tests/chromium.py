"""Where Chromium is on this machine."""

from __future__ import annotations

import os
import shutil

# The names by which distributions call it, and what is enough like it.
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Return the program that ``TRANSCRIPT_QA_CHROMIUM`` names, or the first that is installed."""
    given = os.environ.get("TRANSCRIPT_QA_CHROMIUM")
    found = given or next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        raise RuntimeError(
            f"none of {', '.join(NAMES)} is installed: install Chromium, "
            "or set TRANSCRIPT_QA_CHROMIUM to its path"
        )
    return found
