"""Document → the part it belongs to. The only place where splits are named.

Splits are by document, never by question, and friendsqa's by episode, since its scenes continue
one another. The order is a hash of the name, so adding a document moves no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

Part = Literal["train", "dev", "heldout"]
SetName = Literal["qmsum", "friendsqa", "clapnq", "spoken_squad", "exam", "plain", "lessons"]
SETS: tuple[SetName, ...] = ("qmsum", "friendsqa", "clapnq", "spoken_squad")

# Shares of the groups for training and development; the rest is held out. qmsum comes with its own
# split, whose "val" is held out; a part of "train" serves development.
SHARES: Mapping[SetName, tuple[float, float]] = MappingProxyType(
    {
        "qmsum": (0.9, 0.1),
        "friendsqa": (0.75, 0.08),
        "spoken_squad": (0.7, 0.09),  # 25 and 3 of 36 articles
    }
)

# clapnq is small, so it is used out-of-fold: the shipped model holds out the last fold, and
# reported figures come from models that never saw the question's fold.
CLAPNQ_FOLDS = 4
SHIPPED_FOLD = CLAPNQ_FOLDS - 1


def _order(name: str) -> str:
    return hashlib.sha256(f"split-1:{name}".encode()).hexdigest()


def group_of(set_name: SetName, document_id: str) -> str:
    """Return what a document must stay together with: its episode, or itself."""
    if set_name == "friendsqa":
        return "_".join(document_id.split("_")[:2])
    return document_id


def folds(document_ids: Iterable[str]) -> dict[str, int]:
    """Return the clapnq fold of every document."""
    ordered = sorted(set(document_ids), key=_order)
    return {name: i % CLAPNQ_FOLDS for i, name in enumerate(ordered)}


def parts(
    set_name: SetName,
    document_ids: Iterable[str],
    given: Mapping[str, str],
    held_fold: int = SHIPPED_FOLD,
) -> dict[str, Part]:
    """Return the part of every document.

    Args:
        set_name: the set.
        document_ids: all its documents.
        given: the set's own split of each document, where it has one (qmsum).
        held_fold: the clapnq fold that training must not see.
    """
    names = sorted(set(document_ids))
    if set_name == "clapnq":
        return {n: "heldout" if f == held_fold else "train" for n, f in folds(names).items()}
    result: dict[str, Part] = {}
    if set_name == "qmsum":
        result = {n: "heldout" for n in names if given.get(n) != "train"}
        names = [n for n in names if n not in result]
    groups = sorted({group_of(set_name, n) for n in names}, key=_order)
    train, dev = SHARES[set_name]
    first, second = round(train * len(groups)), round((train + dev) * len(groups))
    by_group: dict[str, Part] = {}
    for i, group in enumerate(groups):
        by_group[group] = "train" if i < first else "dev" if i < second else "heldout"
    return result | {n: by_group[group_of(set_name, n)] for n in names}
