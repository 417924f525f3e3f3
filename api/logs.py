"""Log lines: structured, to standard error, as text for people or JSON for machines.

No line holds the text of a question, a transcript or a key: requests are logged by route and
request id, failures by the place in the code where they happened.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Literal

import structlog
from structlog.typing import Processor

LogFormat = Literal["console", "json"]

# Innermost places of a failure that are logged; enough to find it.
MAX_FRAMES = 12


def configure_logs(log_format: LogFormat) -> None:
    """Send our log lines and those of libraries to standard error in one format."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("transcript_qa").setLevel(logging.INFO)


def get_logger() -> structlog.stdlib.BoundLogger:
    """Return the logger of this package."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("transcript_qa.api")
    return logger


def where(error: BaseException) -> list[str]:
    """Return where an exception was raised, innermost last, without its message.

    Messages may repeat what a person asked; places in the code never do.
    """
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
