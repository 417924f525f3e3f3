"""Passage words → best passages by BM25. The only module that talks to Tantivy.

A note beside the index says which change of which database it has seen. It is written after the
commit: a crash between the two leaves it behind, and what is applied again changes nothing. The
note isn't a document of the index, since documents that are replaced with every commit would
count in the statistics that scores are made of. Queries are built as objects from analysed
words, so there is no syntax that a user's text could break.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import tantivy

from index.aliases import fold
from index.files import replace_durably, storage_errors
from index.records import Filters
from index.text.languages import PLAIN, STEMMERS, stemming

# Raised when fields or analysis change: an index of another layout is rebuilt.
LAYOUT = "4"

NOTE = "note.json"

# Memory of the writer; Tantivy asks for 15 MB at least, more helps only with large ingests.
WRITER_BYTES = 64_000_000

# Words longer than this are noise (links, keyboard tests) and would bloat the dictionary.
MAX_WORD = 60

# A title says what the whole transcript is about; it may help, never decide.
TITLE_BOOST = 0.3

# Who speaks is less than what is said: "What did Steve Inskeep ask?" is about the asking.
NAMES_BOOST = 0.3

# Most words of a query that are searched for; a longer one is prose, whose tail adds only time.
MAX_QUERY_WORDS = 64

# What is searched, and what a word counts there. What isn't said in English stands in a field of
# its language, ``body_de`` say, and is searched for by words that are stemmed as it is.
FIELDS = (("body", 1.0), ("title", TITLE_BOOST), ("names", NAMES_BOOST))
FOREIGN = (*STEMMERS, PLAIN)

Clause = tuple[tantivy.Occur, tantivy.Query]

_ANALYZER = "spoken_en"

# Words that questions are made of. They say nothing about where the answer stands.
QUESTION_WORDS = """
    a about an and any are as at be been being but by can could did do does for from had has have
    he her hers him his how i if in into is it its me my of on or our she should so some than that
    the their them then there these they this those to up us was we were what when where which who
    whom whose why will with would you your tell say said says s t re ve ll d m
"""


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """What is indexed for a passage.

    ``speakers`` are what filters may call its speakers, ``names`` the aliases that words find;
    ``language`` is what its source calls it, English where it is null.
    """

    key: int
    document_id: str
    title: str
    body: str
    speakers: tuple[str, ...]
    names: tuple[str, ...]
    date: str | None
    collection: str | None
    language: str | None = None


class LexicalIndex:
    """A Tantivy index in a folder.

    Raises:
        StorageError: the folder can't be read or written.
    """

    def __init__(self, folder: Path, epoch: str) -> None:
        self._folder = folder
        self._epoch = epoch
        self._schema = _schema()
        self._analyzer = _analyzer()
        self._analyzers = {code: _foreign_analyzer(code) for code in FOREIGN}
        self._foreign: tuple[str, ...] = ()
        self._ignored = frozenset(self._analyzer.analyze(QUESTION_WORDS))
        self._index = self._open()

    def seq(self) -> int:
        """Return the last change that this index has seen; 0 when it is new or not usable."""
        try:
            # First the note, then the words: a commit in between is seen, and applied again.
            note = json.loads((self._folder / NOTE).read_text(encoding="utf-8"))
            self._reload()
            same = (note["epoch"], note["layout"]) == (self._epoch, LAYOUT)
            return int(note["seq"]) if same else 0
        except (OSError, ValueError, KeyError, TypeError):
            # New, of an epoch that is over, or damaged: what it has seen isn't known.
            return 0

    def keys(self) -> list[int]:
        """Return every passage key, ascending.

        Raises:
            StorageError: the folder can't be read.
        """
        with storage_errors(self._folder), _tantivy_errors(self._folder):
            self._reload()
            searcher = self._index.searcher()
            hits = searcher.search(self._term("kind", "passage"), max(1, searcher.num_docs)).hits
            return sorted(self._keys(searcher, [address for _, address in hits]))

    def replace(
        self,
        document_ids: Iterable[str],
        entries: Iterable[LexicalEntry],
        seq: int,
        *,
        fresh: bool = False,
    ) -> None:
        """Remove these documents, add the entries, and note ``seq``.

        The caller holds the write lock: two writers at once are not possible. Readers see all of
        it or nothing.

        Args:
            document_ids: documents whose passages are removed first.
            entries: what is added; taken one by one, so that it needn't fit into memory.
            seq: the change that the index will have seen.
            fresh: remove everything that was there, not these documents alone.

        Raises:
            StorageError: the folder can't be written.
        """
        with storage_errors(self._folder), _tantivy_errors(self._folder):
            self._remove_strays()
            writer = self._index.writer(WRITER_BYTES, 1)
            try:
                if fresh:
                    writer.delete_all_documents()
                else:
                    for document_id in document_ids:
                        writer.delete_documents_by_term("document_id", document_id)
                for entry in entries:
                    writer.add_document(self._document(entry))
                writer.commit()
            finally:
                # Waits for merges and gives up Tantivy's own lock.
                writer.wait_merging_threads()
            self._write_note(seq)
            self._reload()

    def _reload(self) -> None:
        self._index.reload()
        searcher = self._index.searcher()
        self._foreign = tuple(c for c in FOREIGN if searcher.doc_freq("language", c))

    def _write_note(self, seq: int) -> None:
        draft = self._folder / f"{NOTE}.tmp"
        note = {"epoch": self._epoch, "layout": LAYOUT, "seq": seq}
        draft.write_text(json.dumps(note), encoding="utf-8")
        replace_durably(draft, self._folder / NOTE)

    def _remove_strays(self) -> None:
        """Remove lists of deletions that a process left when it died in the middle of a commit.

        The next commit would give its own list the same name, and Tantivy refuses to write over it.
        """
        try:
            segments = json.loads((self._folder / "meta.json").read_text("utf-8"))["segments"]
        except (OSError, ValueError, KeyError):
            return
        known = {
            f"{segment['segment_id'].replace('-', '')}.{segment['deletes']['opstamp']}.del"
            for segment in segments
            if segment.get("deletes")
        }
        for file in self._folder.glob("*.del"):
            if file.name not in known:
                file.unlink(missing_ok=True)

    def words(self, text: str) -> list[str]:
        """Return the words that a query searches for, in order, each once."""
        words = list(dict.fromkeys(self._analyzer.analyze(text)))
        telling = [w for w in words if w not in self._ignored]
        return (telling or words)[:MAX_QUERY_WORDS]

    def search(self, query: str, limit: int, filters: Filters) -> list[tuple[int, float]]:
        """Return the best (key, BM25 score), best first, of the passages that match the filters."""
        wanted = self._wanted(query)
        searcher = self._index.searcher()
        conditions = [
            (tantivy.Occur.Must, tantivy.Query.const_score_query(condition, 0.0))
            for condition in self._conditions(filters)
        ]
        should = self._terms(searcher, wanted, conditions)
        if not should:
            return []
        # One of the words has to be there; what a filter asks for adds nothing to the score.
        clauses = [(tantivy.Occur.Must, tantivy.Query.boolean_query(should)), *conditions]
        hits = searcher.search(tantivy.Query.boolean_query(clauses), limit, count=False).hits
        keys = self._keys(searcher, [address for _, address in hits])
        pairs = [(key, float(score)) for key, (score, _) in zip(keys, hits, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _wanted(self, query: str) -> list[tuple[str, float, str]]:
        """Return fields, what a word counts there, and words."""
        found = [(field, boost, word) for word in self.words(query) for field, boost in FIELDS]
        for code in self._foreign:
            words = dict.fromkeys(self._analyzers[code].analyze(query))
            found += [(f"body_{code}", 1.0, word) for word in list(words)[:MAX_QUERY_WORDS]]
        return found

    def _terms(
        self,
        searcher: tantivy.Searcher,
        wanted: Sequence[tuple[str, float, str]],
        conditions: Sequence[Clause],
    ) -> list[Clause]:
        """Return a clause for each word in each field that has it.

        A word is as telling as it is rare. Under a filter that is how rare it is among what the
        filter leaves: a search in one meeting ranks as if there were no other.
        """
        allowed = searcher.num_docs
        if conditions and wanted:
            allowed = self._count(searcher, conditions)
        should = []
        for field, boost, word in wanted:
            everywhere = searcher.doc_freq(field, word)
            if not everywhere:
                continue
            term = self._term(field, word)
            if conditions:
                here = self._count(searcher, [(tantivy.Occur.Must, term), *conditions])
                if not here:
                    continue
                boost *= _rarity(here, allowed) / _rarity(everywhere, searcher.num_docs)
            should.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, boost)))
        return should

    @staticmethod
    def _count(searcher: tantivy.Searcher, clauses: Sequence[Clause]) -> int:
        # Its stubs lack the number, which is there.
        found: Any = searcher.search(tantivy.Query.boolean_query(list(clauses)), 1, count=True)
        return int(found.count)

    def _conditions(self, filters: Filters) -> list[tantivy.Query]:
        conditions = []
        if filters.document_ids:
            conditions.append(self._any_of("document_id", filters.document_ids))
        if filters.speakers:
            conditions.append(self._any_of("speaker", tuple(map(fold, filters.speakers))))
        if filters.collection is not None:
            conditions.append(self._any_of("collection", (filters.collection,)))
        if filters.since is not None or filters.until is not None:
            conditions.append(
                tantivy.Query.range_query(
                    self._schema,
                    "day",
                    tantivy.FieldType.Unsigned,
                    _day(filters.since) if filters.since else 1,
                    _day(filters.until) if filters.until else date.max.toordinal(),
                )
            )
        return conditions

    def _any_of(self, field: str, values: Sequence[str]) -> tantivy.Query:
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, self._term(field, value)) for value in values]
        )

    def _term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, value)

    @staticmethod
    def _keys(searcher: tantivy.Searcher, addresses: Sequence[tantivy.DocAddress]) -> list[int]:
        found = searcher.fast_field_values("key", list(addresses)) if addresses else []
        return [int(str(key)) for key in found]

    @staticmethod
    def _document(entry: LexicalEntry) -> tantivy.Document:
        document = tantivy.Document()
        document.add_text("kind", "passage")
        document.add_unsigned("key", entry.key)
        document.add_text("document_id", entry.document_id)
        document.add_text("title", entry.title)
        code = stemming(entry.language)
        document.add_text("body" if code is None else f"body_{code}", entry.body)
        if code is not None:
            document.add_text("language", code)
        for speaker in entry.speakers:
            document.add_text("speaker", speaker)
        for name in entry.names:
            document.add_text("names", name)
        if entry.date is not None:
            document.add_unsigned("day", _day(entry.date))
        if entry.collection is not None:
            document.add_text("collection", entry.collection)
        return document

    def _open(self) -> tantivy.Index:
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                index = tantivy.Index(self._schema, path=str(self._folder))
            except (ValueError, OSError):
                # Of another layout, or damaged: a cache, so it is rebuilt.
                shutil.rmtree(self._folder)
                self._folder.mkdir(parents=True)
                index = tantivy.Index(self._schema, path=str(self._folder))
        index.register_tokenizer(_ANALYZER, self._analyzer)
        for code, analyzer in self._analyzers.items():
            index.register_tokenizer(f"spoken_{code}", analyzer)
        index.config_reader(reload_policy="manual")
        return index


class _tantivy_errors:
    """Turn what Tantivy raises into OSError, for ``storage_errors`` to explain."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValueError | RuntimeError):
            raise OSError(str(error)) from error


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("key", stored=True, fast=True)
    builder.add_text_field("document_id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name=_ANALYZER)
    builder.add_text_field("body", tokenizer_name=_ANALYZER)
    builder.add_text_field("speaker", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("names", tokenizer_name=_ANALYZER)
    builder.add_unsigned_field("day", indexed=True, fast=True)
    builder.add_text_field("collection", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    for code in FOREIGN:
        builder.add_text_field(f"body_{code}", tokenizer_name=f"spoken_{code}")
    return builder.build()


def _analyzer() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(MAX_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def _foreign_analyzer(code: str) -> tantivy.TextAnalyzer:
    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(MAX_WORD))
        .filter(tantivy.Filter.lowercase())
    )
    if code in STEMMERS:
        builder = builder.filter(tantivy.Filter.stemmer(STEMMERS[code]))
    # Stemmers know their language's letters, so marks go last.
    return builder.filter(tantivy.Filter.ascii_fold()).build()


def _rarity(holding: int, among: int) -> float:
    """Return BM25's inverse document frequency, as Tantivy has it."""
    # A document that was removed may still count among those that hold a word.
    return math.log1p((max(among, holding) - holding + 0.5) / (holding + 0.5))


def _day(iso: str) -> int:
    return date.fromisoformat(iso).toordinal()
