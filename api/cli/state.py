"""What is known about the running command once its arguments are read."""

from __future__ import annotations


class CommandState:
    """Whether the command that runs was asked for JSON; failures need to know."""

    json_wanted = False
