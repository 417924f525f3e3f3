"""Cues written in every format, as its own tools write it: the way back of property tests."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one speaker says from ``start`` to ``end``, in milliseconds."""

    speaker: str | None
    text: str
    start: int
    end: int


Writer = Callable[[Sequence[Spoken]], str]


def clock(ms: int, mark: str = ".") -> str:
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"


def webvtt(cues: Sequence[Spoken]) -> str:
    blocks = ["WEBVTT - a test\nKind: captions\nLanguage: en", "NOTE\nby hand", "STYLE\n::cue {}"]
    for number, cue in enumerate(cues):
        voice = f"<v.loud {html.escape(cue.speaker)}>" if cue.speaker else ""
        times = f"{clock(cue.start)} --> {clock(cue.end)} align:start"
        words = html.escape(cue.text, quote=False)
        blocks.append(f"cue-{number}\n{times}\n{voice}{words}{'</v>' if voice else ''}")
    return "\n\n".join(blocks) + "\n"


def srt(cues: Sequence[Spoken]) -> str:
    return "\n".join(
        f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n"
        f"{f'{cue.speaker}: ' if cue.speaker else '- '}{cue.text}\n"
        for number, cue in enumerate(cues, start=1)
    )


def _agent(names: list[str], speaker: str | None) -> str:
    return f" ttm:agent='a{names.index(speaker)}'" if speaker else ""


def ttml(cues: Sequence[Spoken]) -> str:
    names = sorted({cue.speaker for cue in cues if cue.speaker})
    agents = "".join(
        f'<ttm:agent type="person" xml:id="a{at}"><ttm:name type="full">{escape(name)}</ttm:name>'
        "</ttm:agent>"
        for at, name in enumerate(names)
    )
    body = "\n".join(
        f"<p begin={quoteattr(clock(cue.start))} end={quoteattr(f'{cue.end}ms')}"
        f"{_agent(names, cue.speaker)}>"
        f"{escape(cue.text)}</p>"
        for cue in cues
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml" '
        'xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang="en">\n'
        f"<head><metadata>{agents}</metadata></head>\n<body><div>\n{body}\n</div></body></tt>\n"
    )


def _seconds(cue: Spoken) -> dict[str, float]:
    return {"start": cue.start / 1000, "end": cue.end / 1000}


def whisper(cues: Sequence[Spoken]) -> str:
    segments: list[dict[str, object]] = [
        {"id": at, **_seconds(cue), "text": f" {cue.text}", "speaker": cue.speaker, "words": []}
        for at, cue in enumerate(cues)
    ]
    return json.dumps({"text": "…", "language": "en", "segments": segments}, indent=1)


def whisper_list(cues: Sequence[Spoken]) -> str:
    return json.dumps([{**_seconds(cue), "text": cue.text, "speaker": cue.speaker} for cue in cues])


def assemblyai(cues: Sequence[Spoken]) -> str:
    utterances: list[dict[str, object]] = [
        {"speaker": cue.speaker, "start": cue.start, "end": cue.end, "text": cue.text, "words": []}
        for cue in cues
    ]
    return json.dumps({"id": "x", "text": "…", "words": [], "utterances": utterances})


def deepgram(cues: Sequence[Spoken]) -> str:
    utterances: list[dict[str, object]] = [
        {**_seconds(cue), "channel": 0, "transcript": cue.text, "speaker": cue.speaker, "words": []}
        for cue in cues
    ]
    return json.dumps({"metadata": {}, "results": {"channels": [], "utterances": utterances}})


def deepgram_paragraphs(cues: Sequence[Spoken]) -> str:
    paragraphs = [
        {"speaker": cue.speaker, "sentences": [{"text": cue.text, **_seconds(cue)}]} for cue in cues
    ]
    best = {"transcript": "…", "words": [], "paragraphs": {"paragraphs": paragraphs}}
    return json.dumps({"results": {"channels": [{"alternatives": [best]}]}})


def aws(cues: Sequence[Spoken]) -> str:
    items = [
        {
            "type": "pronunciation",
            "start_time": f"{cue.start / 1000}",
            "end_time": f"{cue.end / 1000}",
            "speaker_label": cue.speaker,
            "alternatives": [{"confidence": "1.0", "content": cue.text}],
        }
        for cue in cues
    ]
    return json.dumps({"jobName": "j", "results": {"transcripts": [], "items": items}})


def rev(cues: Sequence[Spoken]) -> str:
    names = sorted({cue.speaker for cue in cues if cue.speaker})
    monologues = [
        {
            "speaker": names.index(cue.speaker) if cue.speaker else None,
            "elements": [
                {
                    "type": "text",
                    "value": cue.text,
                    "ts": cue.start / 1000,
                    "end_ts": cue.end / 1000,
                }
            ],
        }
        for cue in cues
    ]
    speakers = [{"id": at, "name": name} for at, name in enumerate(names)]
    return json.dumps({"speakers": speakers, "monologues": monologues})


def podcast(cues: Sequence[Spoken]) -> str:
    segments = [
        {
            "speaker": cue.speaker,
            "startTime": cue.start / 1000,
            "endTime": cue.end / 1000,
            "body": cue.text,
        }
        for cue in cues
    ]
    return json.dumps({"version": "1.0.0", "segments": segments}, ensure_ascii=False)


def turns(cues: Sequence[Spoken]) -> str:
    rows = [
        {"speaker": cue.speaker, "text": cue.text, "start_ms": cue.start, "end_ms": cue.end}
        for cue in cues
    ]
    return json.dumps({"id": "d1", "title": "T", "turns": rows})


def interview(cues: Sequence[Spoken]) -> str:
    return json.dumps(
        {
            "id": "NPR-1",
            "program": "A show",
            "date": "2016-03-28",
            "utt": [cue.text for cue in cues],
            "speaker": [cue.speaker for cue in cues],
        }
    )


def labelled(cues: Sequence[Spoken]) -> str:
    return "\n".join(f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text for cue in cues)


def time_after_name(cues: Sequence[Spoken]) -> str:
    return "\n".join(
        f"{cue.speaker} ({clock(cue.start)}): {cue.text}"
        if cue.speaker
        else f"[{clock(cue.start)}] {cue.text}"
        for cue in cues
    )


def time_before_name(cues: Sequence[Spoken]) -> str:
    return "\n\n".join(
        f"[{clock(cue.start)} - {clock(cue.end)}] {f'{cue.speaker}: ' if cue.speaker else ''}"
        f"{cue.text}"
        for cue in cues
    )


def name_above(cues: Sequence[Spoken]) -> str:
    return "\n\n".join(
        f"{cue.speaker}  {clock(cue.start)}\n{cue.text}"
        if cue.speaker
        else f"[{clock(cue.start)}] {cue.text}"
        for cue in cues
    )


def markdown(cues: Sequence[Spoken]) -> str:
    rows = [f"**{cue.speaker}:** {cue.text}" if cue.speaker else cue.text for cue in cues]
    return "\n\n".join(["# A talk", *rows, "**Host:** bye", "**Host:** bye"])
