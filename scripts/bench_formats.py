"""Measure reading a transcript of three hours and 3,000 turns in each format.

    python -m scripts.bench_formats [--turns 3000] [--repeat 3] [--ingest webvtt]

Prints a Markdown table: bytes, the best CPU time of reading and of dividing into sentences, and the
peak memory of a fresh process above what it has before reading. For the formats of ``--ingest`` a
line follows on the whole ingest into an empty data directory with the built-in encoder. The words
are made up, nine to a turn, as three hours of conversation have.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.formats import read_transcripts
from index.library import Library
from index.records import Accepted, Source
from index.text.sentences import split_sentences
from tests.index.formats import writers
from tests.index.formats.writers import Spoken

HOURS = 3
WORDS_PER_TURN = 9
SPEAKERS = ("ANA RUIZ", "BEN OKRI", "CHAIR", "SPEAKER 4")
_SYLLABLES = ("ka", "lo", "mi", "ter", "son", "ve", "in", "da", "re", "pol", "sha", "en")


def conversation(turns: int, seed: int = 0) -> list[Spoken]:
    """Return made-up turns that fill the hours, speakers changing at each."""
    chance = random.Random(seed)
    step = HOURS * 3_600_000 // turns
    spoken: list[Spoken] = []
    for number in range(turns):
        words = [
            "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 3)))
            for _ in range(chance.randint(3, 2 * WORDS_PER_TURN - 3))
        ]
        middle = len(words) // 2
        text = " ".join(words[:middle]).capitalize() + ". " + " ".join(words[middle:]) + "."
        start = number * step
        spoken.append(Spoken(SPEAKERS[number % 4], text, start, start + step - 100))
    return spoken


def whisper_words(cues: Sequence[Spoken]) -> str:
    """Return Whisper's JSON with a time for every word."""
    segments = []
    for cue in cues:
        words = cue.text.split()
        step = (cue.end - cue.start) / len(words) / 1000
        segments.append(
            {
                "start": cue.start / 1000,
                "end": cue.end / 1000,
                "text": f" {cue.text}",
                "speaker": cue.speaker,
                "words": [
                    {
                        "word": f" {word}",
                        "start": round(cue.start / 1000 + at * step, 3),
                        "end": round(cue.start / 1000 + (at + 1) * step, 3),
                    }
                    for at, word in enumerate(words)
                ],
            }
        )
    return json.dumps({"language": "en", "segments": segments})


FORMATS: dict[str, Callable[[Sequence[Spoken]], str]] = {
    "text": writers.labelled,
    "text with times": writers.time_after_name,
    "markdown": writers.markdown,
    "webvtt": writers.webvtt,
    "srt": writers.srt,
    "ttml": writers.ttml,
    "whisper": writers.whisper,
    "whisper, word times": whisper_words,
    "assemblyai": writers.assemblyai,
    "deepgram": writers.deepgram,
    "aws-transcribe": writers.aws,
    "rev": writers.rev,
    "podcast": writers.podcast,
    "interview": writers.interview,
    "turns": writers.turns,
}


@dataclass(frozen=True, slots=True)
class Row:
    """What one format took: bytes, seconds, bytes."""

    size: int
    turns: int
    read_s: float
    sentences: int
    split_s: float
    memory: int


def measure(name: str, turns: int, repeat: int) -> Row:
    """Read one format ``repeat`` times in this process."""
    data = FORMATS[name](conversation(turns)).encode()
    read_transcripts(Source("warm-up", b"Hello there."))
    before = _peak()
    read: list[float] = []
    split: list[float] = []
    for _ in range(repeat):
        started = time.process_time()
        ((_, transcript),) = read_transcripts(Source("bench", data))
        read.append(time.process_time() - started)
        started = time.process_time()
        sentences = split_sentences(transcript)
        split.append(time.process_time() - started)
    return Row(
        len(data), len(transcript.turns), min(read), len(sentences), min(split), _peak() - before
    )


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a whole ingest took: seconds on the clock, seconds of CPU, bytes; and what it made."""

    passages: int
    seconds: float
    cpu_s: float
    memory: int


def measure_ingest(name: str, turns: int) -> Ingested:
    """Take one transcript in, vectors and all, in this process."""
    from index.encoders.minilm import OnnxEncoder
    from qa.settings import Settings

    settings = Settings()
    data = FORMATS[name](conversation(turns)).encode()
    with tempfile.TemporaryDirectory() as folder:
        encoder = OnnxEncoder(settings.cache_dir, settings.threads)
        library = Library.open(Path(folder), encoder)
        encoder.encode_queries(["warm up"])
        before, clock, cpu = _peak(), time.perf_counter(), time.process_time()
        (result,) = library.ingest([Source("bench", data)])
        row = Ingested(
            library.pending()[1],
            time.perf_counter() - clock,
            time.process_time() - cpu,
            _peak() - before,
        )
        library.close()
    if not isinstance(result, Accepted):
        raise SystemExit(f"{name} was refused: {result.detail}")
    return row


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and return the exit code."""
    parser = argparse.ArgumentParser(description="measure the readers")
    parser.add_argument("--turns", type=int, default=3000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--ingest", choices=FORMATS, action="append", default=[])
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}, best of {options.repeat}\n")
    print("| format | size | turns | read | sentences | divided | memory |")
    print("|---|---|---|---|---|---|---|")
    context = multiprocessing.get_context("spawn")
    for name in FORMATS:
        with context.Pool(1) as pool:
            row = pool.apply(measure, (name, options.turns, options.repeat))
        print(
            f"| {name} | {row.size / 1e6:.1f} MB | {row.turns} | {row.read_s * 1000:.0f} ms "
            f"| {row.sentences} | {row.split_s * 1000:.0f} ms | {row.memory >> 20} MiB |",
            flush=True,
        )
    print()
    for name in options.ingest:
        with context.Pool(1) as pool:
            whole = pool.apply(measure_ingest, (name, options.turns))
        print(
            f"{name}, ingested whole: {whole.passages} passages, {whole.seconds:.1f} s, "
            f"{whole.cpu_s:.1f} s of CPU, {whole.memory >> 20} MiB, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
