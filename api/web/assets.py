"""Static files → addresses that change with the content, so that browsers may keep them for long.

The digest of all files stands in the path, not in the query: a module that imports ``./dom.js`` is
then given the ``dom.js`` of the same release, never one that a browser kept from the last.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
MOUNT = "/static"

# What pages load themselves; every other module is part of the conversation.
ENTRIES = frozenset({"chat.js", "docs.js", "documents.js"})

_DIGEST = re.compile(r"[0-9a-f]{12}/")
RELEASED = re.compile(rf"{MOUNT}/[0-9a-f]{{12}}/")


@cache
def digest() -> str:
    """Return the digest of every static file and its name."""
    found = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        found.update(f"{path.name}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of a static file."""
    return f"{MOUNT}/{digest()}/{name}"


@cache
def modules() -> tuple[str, ...]:
    """Return the addresses of the modules that ``chat.js`` imports, to be fetched at once."""
    names = sorted(path.name for path in STATIC.glob("*.js"))
    return tuple(asset(name) for name in names if name not in ENTRIES)


class Assets(StaticFiles):
    """The static files, with or without the digest in front."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file, whichever digest the address carries."""
        return await super().get_response(_DIGEST.sub("", path, count=1), scope)
