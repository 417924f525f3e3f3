"""Rankings of several legs → one ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# The constant of the original paper; it keeps the very first ranks from deciding alone.
RRF_K = 60


def reciprocal_rank_fusion(
    rankings: Mapping[str, Sequence[int]], weights: Mapping[str, float], k: int = RRF_K
) -> dict[int, float]:
    """Return for each key the weighted sum of ``1 / (k + rank)`` over the legs that found it.

    Source: Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and
    individual rank learning methods", SIGIR 2009. Ranks count from 1.
    """
    fused: dict[int, float] = {}
    for leg in sorted(rankings):
        for rank, key in enumerate(rankings[leg], start=1):
            fused[key] = fused.get(key, 0.0) + weights[leg] / (k + rank)
    return fused
