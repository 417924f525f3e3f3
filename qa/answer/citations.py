"""Evidence → Citation: the address, the text there, and a link that lands on it."""

from __future__ import annotations

from urllib.parse import quote, urldefrag

from index.aliases import name_of
from qa.records import Citation, Evidence

# A text fragment longer than this is given by its first and last words instead: browsers match it
# as well, and links stay short enough for mail and chat.
WHOLE_FRAGMENT_CHARS = 80
FRAGMENT_WORDS = 4


def cite(evidence: Evidence, number: int) -> Citation:
    """Return the citation of a sentence; the quote is the text at its address."""
    hit, sentence = evidence.hit, evidence.sentence
    return Citation(
        number=number,
        document_id=hit.document_id,
        document_version=hit.document_version,
        title=hit.metadata.title,
        date=hit.metadata.date,
        url=hit.metadata.url,
        speaker=sentence.speaker,
        turn=sentence.turn,
        char_start=sentence.char_start,
        char_end=sentence.char_end,
        quote=evidence.text,
        start_ms=sentence.start_ms,
        end_ms=sentence.end_ms,
        link=fragment_link(hit.metadata.url, evidence.text),
        speaker_name=name_of(sentence.speaker, hit.aliases),
    )


def clock(ms: int | None) -> str:
    """Return a time as mm:ss, or h:mm:ss from an hour on; nothing for none."""
    if ms is None:
        return ""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def fragment_link(url: str | None, words: str) -> str | None:
    """Return ``url`` with a text fragment for ``words``; None without a url.

    Source: WICG Scroll To Text Fragment. ``-``, ``,`` and ``&`` have a meaning in its syntax and
    are percent-encoded; long quotes take the ``start,end`` form.
    """
    if url is None:
        return None
    parts = words.split()
    if len(words) <= WHOLE_FRAGMENT_CHARS or len(parts) <= 2 * FRAGMENT_WORDS:
        fragment = _encoded(" ".join(parts))
    else:
        first, last = parts[:FRAGMENT_WORDS], parts[-FRAGMENT_WORDS:]
        fragment = f"{_encoded(' '.join(first))},{_encoded(' '.join(last))}"
    return f"{urldefrag(url).url}#:~:text={fragment}"


def _encoded(words: str) -> str:
    # quote() never encodes "-".
    return quote(words, safe="").replace("-", "%2D")
