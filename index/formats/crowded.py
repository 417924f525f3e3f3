"""A text with far more parts than a transcript may have sentences → refused before it is read.

Reading makes several objects of each line, element or value, so a file of the smallest ones takes
a hundred times its size in memory. They are counted first, which takes none.
"""

from __future__ import annotations

import re

from index.text.sentences import too_many

# Parts that a sentence may have: a cue of four lines, or the timed words of one, and some to spare.
PARTS_OF_A_SENTENCE = 10

# What may be JSON is parsed before its format is known.
BRACKETS = re.compile(r"[\[{]")


def refuse_crowded(text: str, parts: re.Pattern[str] | None, max_sentences: int) -> None:
    """Refuse a text in which ``parts`` matches far more often than it can have sentences.

    Raises:
        RefusedSource: ``too_many_sentences``.
    """
    limit = PARTS_OF_A_SENTENCE * max_sentences
    if parts is None or len(text) <= limit:
        return
    for count, _ in enumerate(parts.finditer(text), start=1):
        if count > limit:
            raise too_many(
                f"the file has over {limit:,} lines, paragraphs or values, far more than "
                f"{max_sentences:,} sentences need"
            )
