from __future__ import annotations

from eval.training.splits import CLAPNQ_FOLDS, folds, group_of, parts


def test_scenes_of_one_episode_stay_together() -> None:
    names = [f"s01_e{e:02}_c{c:02}" for e in range(30) for c in range(4)]
    found = parts("friendsqa", names, {})
    for name in names:
        assert found[name] == found[f"{group_of('friendsqa', name)}_c00"]
    assert set(found.values()) == {"train", "dev", "heldout"}


def test_qmsum_keeps_its_own_split() -> None:
    given = {f"m{i}": "train" if i < 20 else "val" for i in range(30)}
    found = parts("qmsum", given, given)
    assert all((found[n] == "heldout") == (s == "val") for n, s in given.items())
    assert sum(part == "dev" for part in found.values()) == 2


def test_clapnq_holds_out_the_fold_asked_for() -> None:
    names = [f"q{i}" for i in range(40)]
    by_fold = folds(names)
    found = parts("clapnq", names, {}, held_fold=1)
    assert {n for n in names if found[n] == "heldout"} == {n for n in names if by_fold[n] == 1}
    assert set(by_fold.values()) == set(range(CLAPNQ_FOLDS))


def test_a_new_document_moves_no_others_order() -> None:
    before = parts("spoken_squad", [f"a{i}" for i in range(36)], {})
    assert before == parts("spoken_squad", [f"a{i}" for i in reversed(range(36))], {})
    assert sum(p == "train" for p in before.values()) == 25
    assert sum(p == "dev" for p in before.values()) == 3
