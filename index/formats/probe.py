"""A first look at a text, shared by everything that tells formats apart."""

from __future__ import annotations

import json
import re
from functools import cached_property

from index.formats.lines import lines_of

# "[00:01:02] Name:" begins with a bracket too, so more of the beginning decides.
_JSON_START = re.compile(r'\s*+(?:\{\s*+["}]|\[\s*+[{\["\]])')


# A declaration or a document type, perhaps behind a comment: nobody says that.
_XML_START = re.compile(
    r"\s*+(?:<!--.{0,2000}?-->\s*+)?<(?:\?xml|!DOCTYPE)\b", re.IGNORECASE | re.DOTALL
)


class NotJson:
    """Stands for the value of a text that isn't JSON; ``None`` would be the JSON null."""


class Probe:
    """What detection asks about a text, each computed once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def looks_like_json(self) -> bool:
        """Return whether the text begins as a JSON object, or as a list of values."""
        return _JSON_START.match(self.text) is not None

    @cached_property
    def looks_like_xml(self) -> bool:
        """Return whether the text begins as XML or HTML does."""
        return _XML_START.match(self.text) is not None

    @cached_property
    def value(self) -> object:
        """Return the JSON value of the whole text, or ``NotJson``."""
        return _value(self.text) if self.looks_like_json else NotJson

    @cached_property
    def first_value(self) -> object:
        """Return the JSON value of the first line that isn't blank, or ``NotJson``."""
        if not self.looks_like_json:
            return NotJson
        first = next((line.text for line in lines_of(self.text) if not line.blank), "")
        return _value(first)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return NotJson
