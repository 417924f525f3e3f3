"""The JSON shapes in the order in which they are tried: those with the most telling keys first."""

from __future__ import annotations

from index.formats import (
    assemblyai,
    aws_transcribe,
    deepgram,
    interview,
    podcast,
    rev,
    turns,
    whisper,
)
from index.formats.shape import Shape

SHAPES: tuple[Shape, ...] = (
    turns.SHAPE,
    interview.SHAPE,
    aws_transcribe.SHAPE,
    deepgram.SHAPE,
    rev.SHAPE,
    assemblyai.SHAPE,
    podcast.SHAPE,
    whisper.SHAPE,
)


def shape_of(value: object) -> Shape | None:
    """Return the first shape that a JSON value has, or null."""
    return next((shape for shape in SHAPES if shape.matches(value)), None)
