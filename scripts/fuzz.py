"""Feed mutated transcripts to every reader: each must be read or clearly refused, and quickly.

    python -m scripts.fuzz --inputs 100000            every reader, one child process each
    python -m scripts.fuzz --reader srt --inputs 500 --seed 7

A failure is an exception that isn't ``RefusedSource``, a refusal without the line it should name, a
broken offset, an input that takes over two seconds, or memory beyond one GiB. Failing inputs are
kept, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import copy
import json
import multiprocessing
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.errors import RefusedSource
from index.formats import format_names, read_transcripts
from index.records import Source, Transcript
from tests.index.formats import writers
from tests.index.formats.writers import Spoken

SECONDS_LIMIT = 2.0
BYTES_LIMIT = 1 << 30

# Refusals of a whole file: there is no line to name.
WITHOUT_LINE = frozenset({"empty", "binary", "no_turns", "unknown_json", "format", "sidecar"})

_TOKENS = (
    "-->", "WEBVTT", "NOTE", "STYLE", "<v ", "</v>", "<00:00:01.000>", "<c>", "- ", ">> ", "\n\n",
    "{", "}", "[", "]", '"', ":", ",", "\\", "\\ud800", "\\u0000", "null", "NaN", "-1", "1e999",
    "9" * 400, "[" * 200, '{"a":' * 200, "<p>" * 80, "&amp;", "&#0;", "<!DOCTYPE a>", "<br/>", "</",
    "---\n", "...\n", "title: [", "&a *a", "**", "__", "# ", "[00:01:02]", "(99:99)", "NAME: ",
    "\0", "\r", "\r\n", "\u2028", "\ufeff", "\u202e", "e\u0301", "🎙️", "\x85", "：", "00:00:00,000",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 1e308, 10**30, "", "x", "NaN", "\0", "\ud800", "1.5", "00:00:01"),
    *([], {}, [[]], [None], {"a": 1}, ["x"], "so it goes " * 9000, [{"text": "a"}] * 3),
)
_BYTES = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a", b"\x80")

_CUES = (
    Spoken("ANA RUIZ", "Is it far? I was told it isn't.", 1_000, 4_500),
    Spoken("BEN", "Not at all, he said: no.", 4_500, 6_000),
    Spoken(None, "[applause] שלום 🎙️", 6_200, 7_000),
    Spoken("ANA RUIZ", "Good. Then we go.", 7_000, 360_000_000),
)
_FRONT = "---\ntitle: Town hall\ndate: 2024-05-17\nspeakers:\n  ANA RUIZ: Ana\n---\n"
_WORDS = (
    '{"segments": [{"start": 0, "end": 2, "text": " Hi. Yes.", "speaker": "A", "words": ['
    '{"word": " Hi.", "start": 0.1, "end": 0.4, "speaker": "A"}, '
    '{"word": " Yes.", "start": 1.0, "end": 1.5, "speaker": "B"}]}]}'
)
_ROLLING = (
    "WEBVTT\n\n00:01.000 --> 00:03.000\nso welcome<00:01.500><c> back</c>\n\n"
    "00:03.000 --> 00:05.000\nso welcome back\nto the<00:04.000><c> show</c>\n"
)

_WRITERS: dict[str, tuple[Callable[[Sequence[Spoken]], str], ...]] = {
    "webvtt": (writers.webvtt, lambda cues: _ROLLING),
    "srt": (writers.srt,),
    "ttml": (writers.ttml,),
    "whisper": (writers.whisper, writers.whisper_list, lambda cues: _WORDS),
    "assemblyai": (writers.assemblyai,),
    "deepgram": (writers.deepgram, writers.deepgram_paragraphs),
    "aws-transcribe": (writers.aws,),
    "rev": (writers.rev,),
    "podcast": (writers.podcast,),
    "turns": (writers.turns,),
    "interview": (writers.interview,),
    "jsonl": (lambda cues: f"{writers.interview(cues)}\n{writers.assemblyai(cues)}\n",),
    "json-array": (lambda cues: f"[{writers.interview(cues)},\n{writers.turns(cues)}]",),
    "markdown": (writers.markdown, lambda cues: _FRONT + writers.markdown(cues)),
    "text": (
        writers.labelled,
        writers.time_after_name,
        writers.time_before_name,
        writers.name_above,
        lambda cues: _FRONT + writers.labelled(cues),
        lambda cues: "Title\n20240517\nhttps://a.example/b\n" + writers.labelled(cues),
    ),
}


@dataclass(slots=True)
class Report:
    """What became of one reader's inputs."""

    reader: str
    inputs: int = 0
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    peak_bytes: int = 0
    failures: list[tuple[str, bytes]] = field(default_factory=list)


def corpus(reader: str) -> list[bytes]:
    """Return well-formed inputs of a reader, to be mutated."""
    return [write(_CUES).encode() for write in _WRITERS[reader]]


def mutated(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one of the seeds after a few random changes."""
    seed = chance.choice(seeds)
    if seed[:2] in (b'{"', b"[{") and chance.random() < 0.5:
        return _changed_json(seed, chance)
    text = seed.decode()
    for _ in range(chance.choice((1, 1, 2, 3, 5, 12))):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((1, 1, 2, 8, 40)))
        match chance.randrange(8):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                noise = "".join(chr(chance.randrange(1, 256)) for _ in range(end - start))
                text = text[:start] + noise + text[end:]
            case 2 | 3 | 4:
                text = text[:start] + chance.choice(_TOKENS) + text[start:]
            case 5:
                text = text[:start] + text[start:end] * chance.choice((2, 3, 11)) + text[end:]
            case 6:
                other = chance.choice(seeds).decode()
                text = text[:start] + other[chance.randrange(len(other)) :]
            case _:
                # Once in a while long: what is quadratic shows only then.
                times = chance.choice((20, 20, 20, 20, 20_000))
                text = text[:start] + chance.choice(_TOKENS[:20]) * times + text[start:]
    data = text.encode()
    if chance.random() < 0.05:
        at = chance.randrange(len(data) + 1)
        data = data[:at] + chance.choice(_BYTES) + data[at:]
    return data


def _changed_json(seed: bytes, chance: random.Random) -> bytes:
    """Return JSON with a few of its values replaced, taken out or repeated."""
    text = seed.decode()
    lines = text.splitlines() if text[0] == "{" and "\n{" in text else [text]
    values = [json.loads(line) for line in lines]
    for _ in range(chance.choice((1, 1, 2, 4))):
        place: Any = chance.choice(values)
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = chance.choice(keys)
            if isinstance(place[key], (dict, list)) and chance.random() < 0.85:
                place = place[key]
                continue
            if chance.random() < 0.2:
                del place[key]
            else:
                place[key] = copy.deepcopy(chance.choice(_VALUES))
            break
    indent = chance.choice((None, 1))
    separator = "\n" if len(values) > 1 else ""
    return separator.join(json.dumps(value, indent=indent) for value in values).encode()


def flaw_of(transcript: Transcript) -> str | None:
    """Return what is wrong with a transcript's offsets, or null."""
    transcript.text.encode("utf-8")
    end = 0
    for number, turn in enumerate(transcript.turns):
        if turn.number != number or not end <= turn.char_start <= turn.char_end:
            return f"turn {number} has the range {turn.char_start}:{turn.char_end}"
        end = turn.char_end
        for word in turn.words:
            inside = turn.char_start <= word.char_start <= word.char_end <= turn.char_end
            if not inside or word.end_ms < word.start_ms:
                return f"turn {number} has the word {word}"
    return f"the text ends before {end}" if end > len(transcript.text) else None


def outcome(data: bytes, source_format: str | None) -> tuple[str, str | None]:
    """Return ``read`` or the refusal's code, and what is wrong with that, or null."""
    try:
        found = read_transcripts(Source("fuzz", data, source_format=source_format))
    except RefusedSource as refusal:
        if refusal.line is None and refusal.code not in WITHOUT_LINE and refusal.code != "encoding":
            return refusal.code, f"refused without a line: {refusal.detail}"
        return refusal.code, None
    flaws = (flaw_of(transcript) for _, transcript in found)
    return "read", next((flaw for flaw in flaws if flaw), None)


def fuzz(reader: str, inputs: int, seed: int) -> Report:
    """Read ``inputs`` mutated files, half by force and half by detection."""
    chance = random.Random(f"{reader} {seed}")
    seeds = corpus(reader)
    report = Report(reader)
    for number in range(inputs):
        data = mutated(seeds, chance)
        started = time.process_time()  # a busy machine is no slow reader
        try:
            code, flaw = outcome(data, reader if number % 2 else None)
        except Exception as error:
            code, flaw = "crash", f"{type(error).__name__}: {error}"
        took = time.process_time() - started
        report.inputs += 1
        report.slowest = max(report.slowest, took)
        if took > SECONDS_LIMIT:
            flaw = f"{took:.1f} s for {len(data)} bytes"
        if flaw is not None:
            report.failures.append((flaw, data))
        elif code == "read":
            report.read += 1
        else:
            report.refused[code] += 1
    report.peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return report


def _child(reader: str, inputs: int, seed: int) -> Report:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (used + BYTES_LIMIT, used + BYTES_LIMIT))
    return fuzz(reader, inputs, seed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz the readers asked for, print a line for each, and return the exit code."""
    parser = argparse.ArgumentParser(description="feed mutated transcripts to the readers")
    parser.add_argument("--inputs", type=int, default=100_000, help="mutated inputs per reader")
    parser.add_argument("--reader", choices=format_names(), action="append")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="failing inputs")
    options = parser.parse_args(arguments)
    failed = 0
    context = multiprocessing.get_context("spawn")
    for reader in options.reader or format_names():
        with context.Pool(1) as pool:
            pending = pool.apply_async(_child, (reader, options.inputs, options.seed))
            # Every input may take its limit; a child that takes longer hangs in one of them.
            report = pending.get(timeout=60 + options.inputs * 0.05)
        failed += len(report.failures)
        print(
            f"{reader}: {report.inputs} inputs, {report.read} read, "
            f"{sum(report.refused.values())} refused {dict(report.refused.most_common(4))}, "
            f"{len(report.failures)} failures, slowest {report.slowest * 1000:.0f} ms, "
            f"peak {report.peak_bytes >> 20} MiB",
            flush=True,
        )
        for number, (flaw, data) in enumerate(report.failures[:10]):
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{reader}-{options.seed}-{number}").write_bytes(data)
            print(f"  {flaw[:300]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
