"""A server whose service says what a test has written down, as slowly as the test wants."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from api.app import create_app
from index.records import Filters
from qa.answer.engine import AnswerEvent, Event, RetrievalEvent, StatementEvent
from qa.llm.cancellation import Cancellation
from qa.records import Answer, Ask, Citation, Degradation, Statement
from tests.api.fakes import FakeService, make_citation, make_settings

# Longest that a scripted stream waits for its test.
PATIENCE_S = 20

Script = Callable[["StagedService", Ask], Iterator[Event]]


@dataclass
class StagedService(FakeService):
    """Answers like the fake one, or as scripted for a question; ``gate`` holds a stream back."""

    scripts: dict[str, Script] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)

    def _events(self, ask: Ask) -> Iterator[Event]:
        script = self.scripts.get(ask.question)
        if script is None:
            return super()._events(ask)
        self.asked.append(ask)
        return script(self, ask)

    def ask(self, ask: Ask, cancellation: Cancellation | None = None) -> Answer:
        for event in self._scripted(ask):
            if isinstance(event, AnswerEvent):
                return event.answer
        return super().ask(ask, cancellation)

    def _scripted(self, ask: Ask) -> Iterator[Event]:
        script = self.scripts.get(ask.question)
        return iter(()) if script is None else script(self, ask)

    def wait(self) -> None:
        """Wait until the test opens the gate, once."""
        assert self.gate.wait(PATIENCE_S), "the test never opened the gate"
        self.gate.clear()

    def cite(self, document_id: str, quote: str, number: int = 1) -> Citation:
        """Return a citation of words that stand in a document."""
        info = self.library.document(document_id)
        text = self.library.text(document_id)
        for turn in self.library.turns(document_id):
            start = text.find(quote, turn.char_start, turn.char_end)
            if start >= 0:
                return make_citation(info, turn, start, quote, number)
        raise AssertionError(f"{quote!r} isn't said in {document_id}")


def answer(
    ask: Ask,
    *said: tuple[str, tuple[Citation, ...]],
    short: str | None = None,
    confidence: float = 0.9,
    degraded: tuple[Degradation, ...] = (),
    rewritten: str | None = None,
) -> Answer:
    """Return an answer; a statement that equals its citation's quote is quoted, else generated."""
    statements, text, citations = [], "", dict[int, Citation]()
    for words, cited in said:
        statements.append(
            Statement(
                text=words,
                char_start=len(text),
                char_end=len(text) + len(words),
                citations=tuple(each.number for each in cited),
                origin="quoted" if words == cited[0].quote else "generated",
                support=0.9,
            )
        )
        text += words + "".join(f" [{each.number}]" for each in cited) + " "
        citations |= {each.number: each for each in cited}
    return Answer(
        id=f"answer-{abs(hash(ask.question)) % 10**6}",
        status="answered",
        question=ask.question,
        rewritten_question=rewritten,
        answer=text.strip(),
        short_answer=short,
        statements=tuple(statements),
        citations=tuple(citations[number] for number in sorted(citations)),
        confidence=confidence,
        abstention=None,
        degraded=degraded,
        timings_ms={"retrieve": 1.0, "select": 1.0, "generate": 1.0, "verify": 1.0},
        models={"encoder": "fake", "llm": "fake"},
    )


def events(service: StagedService, whole: Answer, *, held: bool = False) -> Iterator[Event]:
    """Yield the events of an answer; held, each waits for the gate."""
    yield RetrievalEvent(service.search("round talks Berlin", Filters(), 3))
    by_number = {citation.number: citation for citation in whole.citations}
    for statement in whole.statements:
        if held:
            service.wait()
        yield StatementEvent(statement, tuple(by_number[n] for n in statement.citations))
    if held:
        service.wait()
    yield AnswerEvent(whole)


@dataclass(frozen=True)
class Stage:
    """The address of the server, and the service behind it."""

    url: str
    service: StagedService

    def plays(self, question: str, script: Script) -> None:
        """Say what happens when that question is asked."""
        self.service.scripts[question] = script

    def says(
        self, question: str, make: Callable[[StagedService, Ask], Answer], *, held: bool = False
    ) -> None:
        """Say what a question is answered with; held, event by event as the gate opens."""
        self.plays(question, lambda service, ask: events(service, make(service, ask), held=held))

    def step(self) -> None:
        """Let a held stream go on by one event."""
        self.service.gate.set()

    def reset(self) -> None:
        """Forget scripts and what was asked."""
        self.service.scripts.clear()
        self.service.asked.clear()
        self.service.failure = None
        self.service.gate = threading.Event()


@contextmanager
def staged(service: StagedService, data_dir: Path) -> Iterator[Stage]:
    """Serve from a thread on a free port."""
    service.settings = make_settings(data_dir=data_dir, llm="none")
    app = create_app(service, service.settings)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield Stage(f"http://127.0.0.1:{listener.getsockname()[1]}", service)
    finally:
        server.should_exit = True
        service.gate.set()
        thread.join(PATIENCE_S)
        listener.close()
