from __future__ import annotations

import re

from index import errors


def subclasses(root: type[Exception]) -> list[type[Exception]]:
    return [root] + [c for child in root.__subclasses__() for c in subclasses(child)]


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    tree = errors.__doc__ or ""
    named = {
        name: line.index(name)
        for line in tree.splitlines()
        for name in re.findall(r"^[│├└─ ]*([A-Z]\w+)", line)
    }
    ours = [c for c in subclasses(errors.TranscriptQAError) if c.__module__ == errors.__name__]
    for error in ours:
        assert error.__name__ in named, f"{error.__name__} is missing from the tree"
        parent = error.__bases__[0].__name__
        if parent in named:
            assert named[parent] < named[error.__name__]


def test_codes_are_stable_and_unique() -> None:
    ours = [c for c in subclasses(errors.TranscriptQAError) if c.__module__ == errors.__name__]
    codes = [getattr(c, "code", "") for c in ours]
    assert len(codes) == len(set(codes))
