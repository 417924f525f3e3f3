"""Messages about files name the setting that says where they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index.encoders.minilm import OnnxEncoder
from index.errors import StorageError
from index.files import CACHE_DIR, DATA_DIR, exclusive, storage_errors
from qa.reader.cross_encoder import built_reader


def encoder_in(folder: Path) -> object:
    return OnnxEncoder(folder, threads=1)


@pytest.mark.parametrize("make", [encoder_in, built_reader])
def test_a_cache_that_cannot_be_used_is_not_taken_for_the_data(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    broken = tmp_path / "cache"
    broken.write_text("a file where a folder should be")

    with pytest.raises(StorageError, match=CACHE_DIR) as refusal:
        make(broken)

    assert DATA_DIR not in str(refusal.value)


def test_whatever_else_is_the_data(tmp_path: Path) -> None:
    broken = tmp_path / "data"
    broken.write_text("a file where a folder should be")

    with pytest.raises(StorageError, match=DATA_DIR), exclusive(broken / "lock", 0):
        pass
    with pytest.raises(StorageError, match=DATA_DIR), storage_errors(broken):
        (broken / "text").read_text()
