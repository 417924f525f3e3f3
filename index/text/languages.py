"""What a source calls its language → how its words are stemmed."""

from __future__ import annotations

# Stemmers by the code of their language (ISO 639-1). English, which a source without a language is
# taken for, isn't among them.
STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}

# What is in another language still: its words are indexed as they stand.
PLAIN = "plain"

_NORWEGIAN = frozenset({"nb", "nn"})
_BY_NAME = {name: code for code, name in STEMMERS.items()}


def stemming(language: str | None) -> str | None:
    """Return the code of the stemmer for a language, ``PLAIN`` for none; null for English.

    Sources state a code, with or without a region ("de", "pt-BR", "en_us"), or a name ("german").
    """
    if language is None:
        return None
    stated = language.strip().lower()
    code = _BY_NAME.get(stated, stated).replace("_", "-").split("-")[0]
    if code in ("", "en", "eng", "english"):
        return None
    if code in _NORWEGIAN:
        return "no"
    return code if code in STEMMERS else PLAIN
