"""pyproject.toml → requirements.lock: the exact versions that a new environment resolves to."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

# The release whose CPU build is at hand wherever this project is built.
TORCH = "torch==2.13.0"


def main() -> None:
    """Resolve in a throw-away environment and write what it holds."""
    root = Path(__file__).parent.parent
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        install = [python, "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, TORCH], check=True)
        subprocess.run([*install, f"{root}[eval,dev]"], check=True)
        subprocess.run([*install, "setuptools>=77", "wheel"], check=True)
        frozen = subprocess.run(
            [python, "-m", "pip", "freeze", "--all"], check=True, capture_output=True, text=True
        ).stdout
    kept = []
    for line in frozen.splitlines():
        name = line.split("==")[0].split(" @ ")[0].lower()
        if name in ("pip", "transcript-qa"):
            continue
        # A local build's suffix ("+cpu") names a file that other indexes don't have.
        kept.append(line.split("+")[0])
    (root / "requirements.lock").write_text("\n".join(kept) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(kept)} packages locked\n")


if __name__ == "__main__":
    main()
