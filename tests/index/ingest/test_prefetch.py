from __future__ import annotations

from collections.abc import Iterator

import pytest

from index.ingest.prefetch import PREFETCHED, prefetch


def test_results_come_in_order() -> None:
    assert list(prefetch(lambda n: n * n, range(20))) == [n * n for n in range(20)]
    assert list(prefetch(str, [])) == []


def test_few_items_are_taken_before_they_are_needed() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for n in range(100):
            taken.append(n)
            yield n

    results = prefetch(str, items())
    next(results)
    assert len(taken) == PREFETCHED
    results.close()  # type: ignore[attr-defined]
    assert len(taken) == PREFETCHED


def test_an_error_comes_where_its_result_would() -> None:
    results = prefetch(lambda n: 1 // n, [1, 0, 1])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
