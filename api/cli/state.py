"""What is known about the running command: how it opens its service, and whether it speaks JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.ports import QuestionService
    from qa.settings import Settings

Opener = Callable[["Settings"], "QuestionService"]


def open_real(settings: Settings) -> QuestionService:
    """Open the real service; its models are imported only now."""
    from qa.service import Service

    return Service.open(settings)


class CommandState:
    """Set while the arguments are read; failures need to know whether JSON was asked for."""

    json_wanted = False
    opener: Opener = staticmethod(open_real)
