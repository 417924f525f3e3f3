"""What can go wrong while evaluating, below the one root of the project.

TranscriptQAError
└── EvalError
    ├── DataSetError    documents.jsonl or questions.jsonl can't be used (file, line, what to do)
    ├── RunError        a run directory can't be written, resumed, compared or reported
    └── TargetError     the target failed on a call; recorded as the outcome of that question
"""

from __future__ import annotations

from index.errors import TranscriptQAError


class EvalError(TranscriptQAError):
    """Root of the exceptions of the evaluation suite."""

    code = "eval"


class DataSetError(EvalError):
    """A data set that can't be used as it stands; the message names file and line."""

    code = "data_set"


class RunError(EvalError):
    """A run directory that can't be written, resumed, compared or reported."""

    code = "run"


class TargetError(EvalError):
    """A call that the target didn't answer as the interface says.

    Args:
        detail: what happened.
        code: the target's own code where it gave one, else ``unreachable`` or ``malformed``.
    """

    code = "target"

    def __init__(self, detail: str, *, code: str = "target") -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
