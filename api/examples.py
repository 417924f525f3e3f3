"""Examples that the documentation and the empty form show, taken from the seed transcript."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from index.records import DocumentInfo
from qa.answer import compose

SEED_FILE = "000_fac1b7b31968a60e.txt"
SEED_QUESTIONS = (
    "Where will the next round of talks be held?",
    "What did Lavrov say about NATO expansion?",
    "Which foreign minister did Blinken speak with?",
    "How many Russian troops are near Ukraine's border?",
)


def questions_for(documents: Iterable[DocumentInfo]) -> tuple[str, ...]:
    """Return questions that the corpus answers: the seed's when it is there, else none."""
    for info in documents:
        if PurePosixPath(info.source_key).name == SEED_FILE:
            return SEED_QUESTIONS
    return ()


_ID = "000_fac1b7b31968a60e-3f0936a5"
_VERSION = "fdb1487e21b2794e72531218e2bf44ac"
_TITLE = "Russia is mulling over the US response to its demands on Ukraine and NATO"
_URL = (
    "https://www.redriverradio.org/2022-01-27/"
    "u-s-and-russian-officials-continue-talks-on-how-to-ease-the-crisis-with-ukraine"
)

FILTERS: dict[str, Any] = {
    "speakers": ["MAYNES"],
    "since": "2022-01-01",
    "until": "2022-01-31",
}
ASKS: list[Any] = [
    {"question": SEED_QUESTIONS[0]},
    {"question": SEED_QUESTIONS[1], "filters": FILTERS, "mode": "quote"},
]
SEARCH: dict[str, Any] = {"query": "peace talks in Paris", "limit": 3}
ANSWER: dict[str, Any] = {
    "id": "01k9v3m5y4f8",
    "status": "answered",
    "question": SEED_QUESTIONS[0],
    "rewritten_question": None,
    "answer": "The next round will be in Berlin. [1]",
    "short_answer": "Berlin",
    "statements": [
        {
            "text": "The next round will be in Berlin.",
            "char_start": 0,
            "char_end": 33,
            "citations": [1],
            "origin": "quoted",
            "support": 1.0,
        }
    ],
    "citations": [
        {
            "number": 1,
            "document_id": _ID,
            "document_version": _VERSION,
            "title": _TITLE,
            "date": "2022-01-27",
            "url": _URL,
            "speaker": "MAYNES",
            "turn": 2,
            "char_start": 1325,
            "char_end": 1358,
            "quote": "The next round will be in Berlin.",
            "start_ms": None,
            "end_ms": None,
            "link": _URL + "#:~:text=The%20next%20round%20will%20be%20in%20Berlin.",
            "speaker_name": "Charles Maynes",
        }
    ],
    "confidence": 0.93,
    "abstention": None,
    "degraded": [],
    "timings_ms": {"retrieve": 12.0, "select": 31.5, "generate": 0.0, "verify": 0.0},
    "models": {"encoder": "all-MiniLM-L6-v2", "llm": None},
    "usage": {"requests": 0, "prompt_tokens": 0, "completion_tokens": 0},
}
ABSTENTION: dict[str, Any] = {
    **ANSWER,
    "answer": "No transcript matches the filters.",
    "status": "abstained",
    "short_answer": None,
    "statements": [],
    "citations": [],
    "confidence": 0.0,
    "abstention": {"reason": "nothing_matches", "nearest": [], "closest": []},
}
CLOSE: dict[str, Any] = {
    **ABSTENTION,
    "question": "Which city hosts the peace conference?",
    "answer": compose.CLOSE,
    "confidence": 0.21,
    "abstention": {
        "reason": "no_evidence",
        "nearest": ANSWER["citations"],
        "closest": ANSWER["citations"],
    },
}
NOT_A_QUESTION: dict[str, Any] = {
    **ABSTENTION,
    "question": "Hi",
    "answer": compose.REPLIES["greeting"],
    "abstention": {"reason": "not_a_question", "nearest": [], "closest": []},
}
DOCUMENT: dict[str, Any] = {
    "document_id": _ID,
    "document_version": _VERSION,
    "title": _TITLE,
    "date": "2022-01-27",
    "url": _URL,
    "language": None,
    "collection": None,
    "source_key": SEED_FILE,
    "source_format": "text",
    "characters": 3884,
    "turns": 7,
    "speakers": ["INSKEEP", "MAYNES"],
    "aliases": {"MAYNES": "Charles Maynes"},
    "ingested_at": "2026-01-05T09:30:00Z",
}
ALIASES: dict[str, Any] = {
    "aliases": {"INSKEEP": "Steve Inskeep, host", "MAYNES": "Charles Maynes"}
}
UPLOAD: dict[str, Any] = {
    "documents": [{"document_id": _ID, "document_version": _VERSION, "status": "new"}],
    "refused": [
        {
            "name": "logo.png",
            "code": "binary",
            "detail": "This isn't text; send a transcript.",
            "document_id": None,
        }
    ],
}
PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "code": "unknown_document",
    "detail": "There is no document 'interview-12'.",
    "errors": [],
}
