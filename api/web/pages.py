"""Answers and transcripts → what the templates show. Pure functions; nothing here is markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode, urlsplit

from api.ports import Documents
from api.web.reading import cite_href
from index.aliases import fold, name_of
from index.records import DocumentInfo, Filters, SpeakerCount, Turn
from qa.records import AbstentionReason, Answer, Citation, Degradation

# Words around a quote that a card shows: enough to see what is talked about.
CONTEXT_CHARS = 180
# Colours that tell speakers apart; the style sheet has as many.
SPEAKER_COLOURS = 6

# Confidence is a calibrated probability; words say what to make of it. ``words.js`` says the same.
FIRM = 0.65
CONFIDENCE_WORDS = (
    (0.85, "Well supported"),
    (FIRM, "Likely"),
    (0.0, "Uncertain: check the source"),
)
DEGRADED_WORDS: Mapping[Degradation, str] = {
    "llm_unavailable": (
        "The language model is out of reach, so the answer is quoted instead of phrased."
    ),
    "vectors_pending": ("Some new transcripts aren’t fully searchable yet; ask again in a moment."),
}
REASON_WORDS: Mapping[AbstentionReason, str] = {
    "no_evidence": "Nothing in them answers this well enough to be quoted.",
    "unsupported": (
        "Passages were found, but what could be said from them didn’t pass the check against "
        "their words."
    ),
    "nothing_matches": "Nothing matches the filters.",
    "empty_library": "Answers are quoted from transcripts, and none has been added.",
    "needs_model": "It takes a language model, and the service has none.",
    "not_a_question": "",
    "choose_transcripts": "An overview, or a count of who spoke, goes through whole transcripts.",
}
CLOSE_WORDS = (
    "It comes close, but not close enough to be called an answer: check it in its transcript."
)


@dataclass(frozen=True, slots=True)
class CitationCard:
    """A citation with the words around it and the address of its place in the transcript."""

    citation: Citation
    before: str
    after: str
    href: str
    source_url: str | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a turn, cited or not; ``first`` marks where the cited span begins."""

    text: str
    cited: bool
    first: bool = False


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as the transcript page shows it; ``colour`` is null without a speaker."""

    turn: Turn
    colour: int | None
    segments: tuple[Segment, ...]


def citation_href(citation: Citation) -> str:
    """Return the address that opens a citation highlighted in its transcript."""
    span = (citation.char_start, citation.char_end)
    return cite_href(citation.document_id, citation.document_version, span)


def citation_cards(citations: Iterable[Citation], documents: Documents) -> tuple[CitationCard, ...]:
    """Return the citations with the words around them in the same turn."""
    sources: dict[tuple[str, str], tuple[str, dict[int, Turn]]] = {}
    cards = []
    for citation in citations:
        address = (citation.document_id, citation.document_version)
        if address not in sources:
            turns = {turn.number: turn for turn in documents.turns(*address)}
            sources[address] = (documents.text(*address), turns)
        text, turns = sources[address]
        turn = turns.get(citation.turn)
        first = turn.char_start if turn else citation.char_start
        last = turn.char_end if turn else citation.char_end
        cards.append(
            CitationCard(
                citation=citation,
                before=_tail(text[first : citation.char_start]),
                after=_head(text[citation.char_end : last]),
                href=citation_href(citation),
                source_url=web_address(citation.link or citation.url),
            )
        )
    return tuple(cards)


def turn_views(
    text: str,
    turns: Sequence[Turn],
    cited: tuple[int, int] | None,
    shown_from: int = 0,
    shown_to: int | None = None,
) -> tuple[TurnView, ...]:
    """Return the turns with the cited range, where they overlap it, cut out exactly.

    Args:
        text: canonical text of the version.
        turns: its turns.
        cited: code-point range to highlight, or None.
        shown_from: position of the first turn to return.
        shown_to: position after the last, or None for all; every turn still counts for the
            colours, so that a speaker keeps theirs from part to part.
    """
    colours: dict[str, int] = {}
    views = []
    begun = False
    shown = range(len(turns))[shown_from:shown_to]
    for position, turn in enumerate(turns):
        colour = None
        if turn.speaker is not None:
            colour = colours.setdefault(turn.speaker, len(colours) % SPEAKER_COLOURS)
        if position not in shown:
            continue
        segments = _segments(text, turn, cited, begun)
        begun = begun or any(segment.cited for segment in segments)
        views.append(TurnView(turn, colour, segments))
    return tuple(views)


def confidence_words(answer: Answer) -> str:
    """Return what the confidence of an answer means."""
    return next(words for least, words in CONFIDENCE_WORDS if answer.confidence >= least)


def remarks(answer: Answer) -> tuple[str, ...]:
    """Return the lines of an answer's text that hold no statement: what it says of itself."""
    found = []
    start = 0
    for line in answer.answer.split("\n"):
        end = start + len(line)
        if line and not any(s.char_start < end and s.char_end > start for s in answer.statements):
            found.append(line)
        start = end + 1
    return tuple(found)


def web_address(url: str | None) -> str | None:
    """Return the address when a browser may open it: http and https, nothing that runs."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def long_date(value: str | None) -> str:
    """Return an ISO date as people write it; what isn't one comes back unchanged."""
    if value is None:
        return ""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day.day} {day:%B %Y}"


def degraded_words(answer: Answer) -> tuple[str, ...]:
    """Return what was out of order while the answer was made."""
    return tuple(DEGRADED_WORDS[code] for code in answer.degraded)


def reason_words(answer: Answer) -> str:
    """Return why there is no answer; nothing when there is one."""
    if answer.abstention is None:
        return ""
    return CLOSE_WORDS if answer.abstention.closest else REASON_WORDS[answer.abstention.reason]


def question_href(question: str, filters: Filters) -> str:
    """Return the address that asks a question with filters; without one, that of the form."""
    query: list[tuple[str, str]] = [("question", question)] if question else []
    query += [("speaker", speaker) for speaker in filters.speakers]
    query += [("document", document_id) for document_id in filters.document_ids]
    for name in ("since", "until", "collection"):
        value: str | None = getattr(filters, name)
        query += [(name, value)] if value else []
    return "/?" + urlencode(query) if query else "/"


def shown_speaker(label: str, names: Iterable[str]) -> str:
    """Return a speaker's names, each up to its first comma, with the label that the source has."""
    short = list(dict.fromkeys(name.split(",")[0].strip() for name in names))
    return f"{'; '.join(short)} ({label})" if short else label


def shown_speakers(info: DocumentInfo) -> tuple[str, ...]:
    """Return the speakers of a transcript as a list shows them."""
    named = ((label, name_of(label, info.aliases)) for label in info.speakers)
    return tuple(shown_speaker(label, [name] if name else []) for label, name in named)


def chosen_filters(
    question: str, filters: Filters, titles: Mapping[str, str], counts: Iterable[SpeakerCount] = ()
) -> tuple[tuple[str, str], ...]:
    """Return each active filter as (words, address of the same question without it)."""
    speakers, ids = filters.speakers, filters.document_ids
    shown = _shown(counts)
    without: list[tuple[str, Filters]] = [
        *(
            (
                shown.get(fold(each), each),
                replace(filters, speakers=tuple(other for other in speakers if other != each)),
            )
            for each in speakers
        ),
        *(
            (
                titles.get(each, each),
                replace(filters, document_ids=tuple(other for other in ids if other != each)),
            )
            for each in ids
        ),
    ]
    if filters.since:
        without.append((f"from {filters.since}", replace(filters, since=None)))
    if filters.until:
        without.append((f"until {filters.until}", replace(filters, until=None)))
    if filters.collection:
        without.append((filters.collection, replace(filters, collection=None)))
    return tuple((words, question_href(question, rest)) for words, rest in without)


def describe_filters(
    filters: Filters, titles: Sequence[str], counts: Iterable[SpeakerCount] = ()
) -> tuple[str, ...]:
    """Return the active filters in words."""
    shown = _shown(counts)
    said = [f"said by {shown.get(fold(speaker), speaker)}" for speaker in filters.speakers]
    said += [f"in “{title}”" for title in titles]
    if filters.since:
        said.append(f"from {long_date(filters.since)}")
    if filters.until:
        said.append(f"until {long_date(filters.until)}")
    if filters.collection:
        said.append(f"in the collection {filters.collection}")
    return tuple(said)


def _shown(counts: Iterable[SpeakerCount]) -> dict[str, str]:
    return {fold(each.speaker): shown_speaker(each.speaker, each.names) for each in counts}


def _segments(
    text: str, turn: Turn, cited: tuple[int, int] | None, begun: bool
) -> tuple[Segment, ...]:
    start, end = turn.char_start, turn.char_end
    if cited is None or cited[0] >= end or cited[1] <= start:
        return (Segment(text[start:end], cited=False),)
    first, last = max(start, cited[0]), min(end, cited[1])
    parts = (
        Segment(text[start:first], cited=False),
        Segment(text[first:last], cited=True, first=not begun),
        Segment(text[last:end], cited=False),
    )
    return tuple(part for part in parts if part.text)


def _tail(text: str) -> str:
    if len(text) <= CONTEXT_CHARS:
        return text
    cut = text[-CONTEXT_CHARS:]
    return "…" + cut[cut.find(" ") :] if " " in cut else "…" + cut


def _head(text: str) -> str:
    if len(text) <= CONTEXT_CHARS:
        return text
    cut = text[:CONTEXT_CHARS]
    return (cut[: cut.rfind(" ") + 1] if " " in cut else cut) + "…"
