from __future__ import annotations

import re

import hypothesis.strategies as st
from hypothesis import given

from index.ingest.prepare import derive_id


def test_an_id_is_readable_and_tells_like_names_apart() -> None:
    ids = [derive_id(key) for key in ("show/a.txt", "show/a.vtt", "other/a.txt", "show-a.txt")]
    assert len(set(ids)) == 4
    assert ids[0].startswith("a-")


@given(st.text(max_size=300))
def test_every_key_has_a_valid_id(key: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", derive_id(key))
    assert derive_id(key) == derive_id(key)
