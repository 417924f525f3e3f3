"""A service made of dictionaries, with the methods of the real one, and builders for its values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from index.aliases import AliasMap, Suggestion, alias_map, name_of, suggest
from index.errors import DeletedDocument, InvalidAlias, UnknownDocument, UnknownJob
from index.ingest.jobs import Job
from index.ingest.progress import OnProgress
from index.records import (
    Accepted,
    CheckResult,
    DocumentInfo,
    Filters,
    Hit,
    IngestStatus,
    Metadata,
    Refused,
    Scores,
    Sentence,
    Source,
    SpeakerCount,
    Transcript,
    Turn,
)
from qa.answer.compose import abstention
from qa.answer.engine import AnswerEvent, Event, RetrievalEvent, StatementEvent
from qa.llm.cancellation import Cancellation
from qa.question.check import check_filters
from qa.records import Abstention, AbstentionReason, Answer, Ask, Citation, Statement
from qa.settings import Settings

SEED_NAME = "000_fac1b7b31968a60e.txt"
TALKS = """\
Talks on Ukraine go on
20220127
https://radio.example/2022-01-27/talks
INSKEEP: Is there any sign that diplomacy may continue? They say they will talk again.
MAYNES: They promised to meet in two weeks. The next round will be in Berlin. And 🎉 it's early.
The United States and Russia are talking slowly.
MAYNES: Those hundred thousand Russian troops are near Ukraine's border.
"""

_SENTENCE = re.compile(r"[^.?!]+[.?!]+")
_LABEL = re.compile(r"([A-Z]{2,}): ")
_STOP = frozenset(
    "the a an of is are was were what who where when will be in to did do".split()  # noqa: SIM905
)


def make_settings(**values: object) -> Settings:
    """Return settings that let in the test client, which calls the host ``testserver``."""
    hosts = "testserver,localhost,127.0.0.1"
    return Settings.model_validate({"allowed_hosts": hosts, **values})


def read(text: str) -> Transcript:
    """Read the plain-text format as far as tests need it."""
    lines = text.splitlines(keepends=True)
    title, day, url = (line.strip() for line in lines[:3])
    turns: list[Turn] = []
    position = sum(len(line) for line in lines[:3])
    for line in lines[3:]:
        label = _LABEL.match(line)
        start = position + (label.end() if label else 0)
        end = position + len(line.rstrip())
        if end > start:
            turns.append(Turn(len(turns), label.group(1) if label else None, start, end))
        position += len(line)
    date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return Transcript(Metadata(title, date, url), text, tuple(turns), "text")


@dataclass
class FakeLibrary:
    """Transcripts in memory; ``transcripts`` maps id → versions, the last one being current."""

    transcripts: dict[str, list[Transcript]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    names: dict[str, AliasMap] = field(default_factory=dict)
    taken: list[Source] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    waited: bool | None = None
    waiting_jobs: tuple[int, int] = (0, 0)

    def add(self, key: str, transcript: Transcript) -> IngestStatus:
        document_id = PurePosixPath(key).stem
        versions = self.transcripts.setdefault(document_id, [])
        status: IngestStatus = "replaced" if versions else "new"
        if versions and versions[-1].version == transcript.version:
            return "unchanged"
        versions.append(transcript)
        self.keys[document_id] = key
        self.deleted.discard(document_id)
        return status

    def ingest(
        self,
        sources: Iterable[Source],
        *,
        wait: bool = True,
        on_progress: OnProgress | None = None,
    ) -> Iterator[Accepted | Refused]:
        self.waited = wait
        for source in sources:
            self.taken.append(source)
            if not source.data.strip():
                yield Refused(source.key, "empty", "The file is empty.")
            elif b"\0" in source.data:
                yield Refused(source.key, "binary", "This isn't text.", line=3)
            else:
                transcript = read(source.data.decode())
                there = self.transcripts.get(PurePosixPath(source.key).stem)
                same = there is not None and there[-1].version == transcript.version
                if there and not same and not source.may_replace:
                    stem = PurePosixPath(source.key).stem
                    detail = f"It would replace {there[-1].metadata.title!r}."
                    yield Refused(source.key, "document_exists", detail, document_id=stem)
                    continue
                status = self.add(source.key, transcript)
                stem = PurePosixPath(source.key).stem
                yield Accepted(source.key, stem, transcript.version, status)

    def submit(self, sources: Iterable[Source]) -> str:
        results = list(self.ingest(sources))
        job_id = f"job-{len(self.jobs)}"
        self.jobs[job_id] = Job(
            job_id=job_id,
            state="done",
            sources=len(results),
            sources_done=len(results),
            passages=1,
            passages_done=1,
            accepted=tuple(r for r in results if isinstance(r, Accepted)),
            refused=tuple(r for r in results if isinstance(r, Refused)),
            created_at="2026-01-01T00:00:00+00:00",
            finished_at="2026-01-01T00:00:01+00:00",
            error=None,
        )
        return job_id

    def backlog(self) -> tuple[int, int]:
        return self.waiting_jobs

    def job(self, job_id: str) -> Job:
        if job_id not in self.jobs:
            raise UnknownJob(f"there is no job {job_id!r}")
        return self.jobs[job_id]

    def delete_job(self, job_id: str) -> None:
        self.job(job_id)
        del self.jobs[job_id]

    def documents(self, after: str | None = None, limit: int = 100) -> tuple[DocumentInfo, ...]:
        ids = sorted(set(self.transcripts) - self.deleted)
        return tuple(self.document(each) for each in ids if after is None or each > after)[:limit]

    def document(self, document_id: str) -> DocumentInfo:
        transcript = self._version(document_id, None)
        speakers = dict.fromkeys(turn.speaker for turn in transcript.turns if turn.speaker)
        return DocumentInfo(
            document_id=document_id,
            document_version=transcript.version,
            metadata=transcript.metadata,
            source_key=self.keys[document_id],
            source_format=transcript.source_format,
            characters=len(transcript.text),
            turns=len(transcript.turns),
            speakers=tuple(speakers),
            ingested_at="2026-01-05T09:30:00Z",
            aliases=self.names.get(document_id, ()),
        )

    def text(self, document_id: str, version: str | None = None) -> str:
        return self._version(document_id, version).text

    def turns(self, document_id: str, version: str | None = None) -> tuple[Turn, ...]:
        return self._version(document_id, version).turns

    def metadata(self, document_id: str, version: str | None = None) -> Metadata:
        return self._version(document_id, version).metadata

    def speakers(self) -> tuple[SpeakerCount, ...]:
        counts: dict[str, list[str]] = {}
        for info in self.documents(limit=1000):
            for turn in self.turns(info.document_id):
                if turn.speaker:
                    counts.setdefault(turn.speaker, []).append(info.document_id)
        return tuple(
            SpeakerCount(
                speaker,
                len(ids),
                len(set(ids)),
                tuple(sorted({n for i in set(ids) if (n := name_of(speaker, self.aliases(i)))})),
            )
            for speaker, ids in sorted(counts.items())
        )

    def aliases(self, document_id: str) -> AliasMap:
        return self.document(document_id).aliases

    def set_aliases(self, document_id: str, names: Mapping[str, str]) -> AliasMap:
        info = self.document(document_id)
        wanted = alias_map(names)
        for label, _ in wanted:
            if label not in info.speakers:
                raise InvalidAlias(f"nobody in document {document_id!r} has the label {label!r}")
        self.names[document_id] = wanted
        return wanted

    def suggest_aliases(self, document_id: str) -> tuple[Suggestion, ...]:
        return suggest(self._version(document_id, None), self.aliases(document_id))

    def delete(self, document_id: str) -> None:
        self._version(document_id, None)
        self.deleted.add(document_id)

    def _version(self, document_id: str, version: str | None) -> Transcript:
        versions = self.transcripts.get(document_id)
        if versions is None:
            raise UnknownDocument(f"There is no document {document_id!r}.")
        if document_id in self.deleted:
            raise DeletedDocument(f"The document {document_id!r} was deleted.")
        if version is None:
            return versions[-1]
        for transcript in versions:
            if transcript.version == version:
                return transcript
        raise UnknownDocument(f"The document {document_id!r} has no version {version!r}.")


@dataclass
class FakeService:
    """Answers with the sentence that shares most words with the question."""

    settings: Settings = field(default_factory=make_settings)
    library: FakeLibrary = field(default_factory=FakeLibrary)
    checks: tuple[CheckResult, ...] = (CheckResult("database", True, "1 document"),)
    failure: Exception | None = None
    scripted: Answer | None = None
    asked: list[Ask] = field(default_factory=list)
    closed: bool = False
    model_asked: bool = False

    def ask(self, ask: Ask, cancellation: Cancellation | None = None) -> Answer:
        if self.failure is not None:
            raise self.failure
        self._check(ask.filters)
        self.asked.append(ask)
        if self.scripted is not None:
            return replace(self.scripted, question=ask.question)
        found = self._citations(ask.question, ask.filters)
        nothing = self.nothing_to_search(ask.filters)
        if nothing is not None:
            answer = make_answer(ask.question, ())
            text = abstention(nothing, filtered=True)
            return replace(answer, answer=text, abstention=Abstention(nothing, ()))
        if not found:
            nearest = self._citations("the", ask.filters, least=0)[:2]
            return make_answer(ask.question, (), nearest=nearest)
        return make_answer(ask.question, found[: ask.limit or 1])

    def stream(self, ask: Ask, cancellation: Cancellation | None = None) -> Iterator[Event]:
        self._check(ask.filters)
        return self._events(ask)

    def _check(self, filters: Filters) -> None:
        check_filters(filters)
        for document_id in filters.document_ids:
            self.library.document(document_id)

    def _events(self, ask: Ask) -> Iterator[Event]:
        yield RetrievalEvent(self.search(ask.question, ask.filters, 3))
        answer = self.ask(ask)
        for statement in answer.statements:
            cited = tuple(each for each in answer.citations if each.number in statement.citations)
            yield StatementEvent(statement, cited)
        yield AnswerEvent(answer)

    def search(self, query: str, filters: Filters, limit: int) -> tuple[Hit, ...]:
        self._check(filters)
        hits = []
        for number, citation in enumerate(self._citations(query, filters)[:limit]):
            info = self.library.document(citation.document_id)
            span = Sentence(
                number, citation.turn, citation.speaker, citation.char_start, citation.char_end
            )
            hits.append(
                Hit(
                    passage_id=f"{citation.document_id}:{number}",
                    document_id=citation.document_id,
                    document_version=citation.document_version,
                    metadata=info.metadata,
                    speakers=(citation.speaker,) if citation.speaker else (),
                    text=citation.quote,
                    char_start=citation.char_start,
                    char_end=citation.char_end,
                    scores=Scores(0.5, None, 0.03),
                    passage_key=number,
                    sentences=(span,),
                )
            )
        return tuple(hits)

    def nothing_to_search(self, filters: Filters) -> AbstentionReason | None:
        if self._citations("", filters, least=0):
            return None
        return "nothing_matches" if self.library.documents() else "empty_library"

    def check(self, ask: bool = False) -> tuple[CheckResult, ...]:
        self.model_asked = ask
        return self.checks

    def start(self) -> None:
        """Do nothing: a fake has nothing to start."""

    def close(self) -> None:
        self.closed = True

    def _citations(self, question: str, filters: Filters, least: int = 2) -> tuple[Citation, ...]:
        wanted = _words(question)
        scored: list[tuple[int, int, DocumentInfo, Turn, int, str]] = []
        for info in self.library.documents(limit=1000):
            if filters.document_ids and info.document_id not in filters.document_ids:
                continue
            text = self.library.text(info.document_id)
            for turn in self.library.turns(info.document_id):
                if filters.speakers and turn.speaker not in filters.speakers:
                    continue
                for match in _SENTENCE.finditer(text, turn.char_start, turn.char_end):
                    quote = match.group().strip()
                    shared = len(wanted & _words(quote))
                    if shared >= least:
                        start = match.start() + len(match.group()) - len(match.group().lstrip())
                        scored.append((-shared, len(scored), info, turn, start, quote))
        return tuple(
            make_citation(info, turn, start, quote, number)
            for number, (_, _, info, turn, start, quote) in enumerate(sorted(scored), start=1)
        )


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower())) - _STOP


def make_citation(
    info: DocumentInfo, turn: Turn, start: int, quote: str, number: int = 1
) -> Citation:
    return Citation(
        number=number,
        document_id=info.document_id,
        document_version=info.document_version,
        title=info.metadata.title,
        date=info.metadata.date,
        url=info.metadata.url,
        speaker=turn.speaker,
        turn=turn.number,
        char_start=start,
        char_end=start + len(quote),
        quote=quote,
        start_ms=turn.start_ms,
        end_ms=turn.end_ms,
        link=info.metadata.url,
        speaker_name=name_of(turn.speaker, info.aliases),
    )


def make_answer(
    question: str,
    citations: tuple[Citation, ...],
    *,
    nearest: tuple[Citation, ...] = (),
    short_answer: str | None = None,
) -> Answer:
    statements, text = [], ""
    for citation in citations:
        start = len(text)
        text += f"{citation.quote} [{citation.number}] "
        statements.append(
            Statement(
                text=citation.quote,
                char_start=start,
                char_end=start + len(citation.quote),
                citations=(citation.number,),
                origin="quoted",
                support=1.0,
            )
        )
    return Answer(
        id="answer-1",
        status="answered" if citations else "abstained",
        question=question,
        rewritten_question=None,
        answer=text.strip() or "The transcripts don't say.",
        short_answer=short_answer,
        statements=tuple(statements),
        citations=citations,
        confidence=0.9 if citations else 0.1,
        abstention=None if citations else Abstention("no_evidence", nearest),
        degraded=(),
        timings_ms={"retrieve": 1.0, "select": 2.0, "generate": 0.0, "verify": 0.0},
        models={"encoder": "fake", "llm": None},
    )


def make_close(service: FakeService, question: str) -> Answer:
    """Return an abstention whose nearest passage comes close."""
    nearest = service._citations("the", Filters(), least=0)[:3]
    return replace(
        make_answer(question, ()),
        answer=abstention("no_evidence", filtered=False, close=True),
        confidence=0.2,
        abstention=Abstention("no_evidence", nearest, nearest[:1]),
    )


def make_reply(question: str, reason: AbstentionReason, text: str) -> Answer:
    """Return an abstention that shows nothing but its text."""
    return replace(make_answer(question, ()), answer=text, abstention=Abstention(reason, ()))


def make_service(*texts: tuple[str, str], settings: Settings | None = None) -> FakeService:
    """Return a service over transcripts given as (key, text); the talks if none are given."""
    service = FakeService(settings=settings or make_settings())
    for key, text in texts or ((SEED_NAME, TALKS),):
        service.library.add(key, read(text))
    return service
