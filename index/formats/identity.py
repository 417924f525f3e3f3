"""Names → document ids and titles.

A document id matches ``[A-Za-z0-9_-]{1,64}``. A name that doesn't is slugged, and gets a hash of
the whole name so that two names never share an id ("a/b.txt" and "a-b.txt" stay apart).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OUTSIDE = re.compile(r"[^A-Za-z0-9_]+")

# 10 hex digits are 40 bits: two of a million names collide with a chance under one in two.
# The slug keeps what is left of the 64, less the hyphen between them.
_HASH_DIGITS = 10
_SLUG_LENGTH = 64 - _HASH_DIGITS - 1


def document_id_of(name: str) -> str:
    """Return the name itself where it is a document id, else a slug of it with a hash of it."""
    if DOCUMENT_ID.fullmatch(name):
        return name
    slug = _OUTSIDE.sub("-", name).strip("-")[:_SLUG_LENGTH].rstrip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
    return f"{slug}-{digest}" if slug else digest


def title_of(key: str) -> str:
    """Return a title for a file that states none: its name without folders and suffix."""
    path = PurePosixPath(key.replace("\\", "/"))
    return path.stem.replace("_", " ").replace("\0", "").strip() or "Untitled"
