"""``transcript-qa ask`` and ``transcript-qa search``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import (
    Collection,
    Documents,
    Json,
    Since,
    Speakers,
    Until,
    filters_of,
    load_settings,
    open_service,
    options_of,
)
from api.cli.output import err, escape, out, print_json
from qa.records import Mode

if TYPE_CHECKING:
    from index.records import Filters, Hit
    from qa.records import AbstentionReason, Answer, Citation


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    speaker: Speakers = None,
    document: Documents = None,
    since: Since = None,
    until: Until = None,
    collection: Collection = None,
    mode: Annotated[
        Mode, typer.Option("--mode", help="How answers are worded; quote is verbatim.")
    ] = "auto",
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show on stderr which statements of the model failed, and why."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Ask a question. The JSON is that of POST /v1/ask."""
    from qa.question.check import clean_question
    from qa.records import Ask

    settings = load_settings()
    asked = Ask(
        question=clean_question(question, settings.max_question_chars),
        filters=filters_of(speaker, document, since, until, collection),
        mode=mode,
    )
    with open_service(settings) as service:
        answer = service.ask(asked)
    if json:
        print_json(answer.to_json())
    else:
        _print_answer(answer, asked.filters)
    if explain:
        _explain(answer)


def search(
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    speaker: Speakers = None,
    document: Documents = None,
    since: Since = None,
    until: Until = None,
    collection: Collection = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Most passages.")] = 10,
    json: Json = False,
) -> None:
    """Find passages, without an answer. The JSON is that of POST /v1/search."""
    from api.render import hits_json
    from qa.answer.compose import NOTHING_SEARCHED

    filters = filters_of(speaker, document, since, until, collection)
    with open_service() as service:
        hits = service.search(query, filters, limit)
        nothing = None if hits else service.nothing_to_search(filters)
    if json:
        print_json(hits_json(hits))
    elif nothing:
        out.print(NOTHING_SEARCHED[nothing])
        _print_way_out(nothing, filters)
    else:
        _print_hits(hits)


def _print_answer(answer: Answer, filters: Filters) -> None:
    if answer.abstention:
        out.print(f"[bold]{escape(answer.answer)}[/]")
        _print_way_out(answer.abstention.reason, filters)
        closest, others = answer.abstention.closest, answer.abstention.others
        if closest:
            out.print("\n[bold]The closest passage:[/]")
        for citation in closest:
            _print_citation(citation)
        if others:
            out.print(f"\n[dim]{'Also near' if closest else 'The nearest they come'}:[/]")
        for citation in others:
            _print_citation(citation)
        return
    if answer.short_answer:
        out.print(f"[bold]{escape(answer.short_answer)}[/]\n")
    out.print(escape(answer.answer))
    out.print()
    for citation in answer.citations:
        _print_citation(citation)
    for reason in answer.degraded:
        out.print(f"[yellow]degraded: {escape(reason)}[/]")


def _print_way_out(reason: AbstentionReason, filters: Filters) -> None:
    """Say what to do where there was nothing to search."""
    if reason == "empty_library":
        out.print("Add some with `transcript-qa ingest PATH`, then ask again.")
    elif reason == "nothing_matches":
        out.print(f"Widen or leave out {', '.join(options_of(filters))}.")
    elif reason == "choose_transcripts":
        out.print("Choose with --document ID; `transcript-qa documents list` shows the ids.")


def _explain(answer: Answer) -> None:
    """Tell on stderr how well each statement is backed, and what was rejected for which reasons."""
    from qa.verify.reasons import EXPLAINED

    for statement in answer.statements:
        marks = "".join(f"[{number}]" for number in statement.citations)
        facts = f"{statement.origin}, support {statement.support:.2f} by {marks}"
        err.print(f"[green]{escape(facts)}:[/] {escape(statement.text)}")
    for item in answer.rejected:
        why = ", ".join(EXPLAINED.get(reason, reason) for reason in item.reasons)
        sure = "" if item.support is None else f" (support {item.support:.2f})"
        err.print(f"[yellow]rejected, {escape(why + sure)}:[/] {escape(item.text)}")
    if not answer.rejected:
        err.print("[dim]No statement was rejected.[/]")


def _print_citation(citation: Citation) -> None:
    from qa.answer.citations import clock

    speaker = citation.speaker or "speaker not named"
    if citation.speaker_name:
        speaker += f" ({citation.speaker_name})"
    facts = [speaker, citation.title]
    facts += [fact for fact in (citation.date, clock(citation.start_ms)) if fact]
    address = f"{citation.document_id} {citation.char_start}-{citation.char_end}"
    out.print(f"[cyan]{escape(f'[{citation.number}]')}[/] “{escape(citation.quote)}”")
    out.print(f"    [dim]{escape(' · '.join(facts))} · {escape(address)}[/]")


def _print_hits(hits: tuple[Hit, ...]) -> None:
    if not hits:
        out.print("Nothing was found.")
    for number, hit in enumerate(hits, start=1):
        facts = [", ".join(hit.speakers) or "speaker not named", hit.metadata.title]
        facts += [hit.metadata.date] if hit.metadata.date else []
        address = f"{hit.document_id} {hit.char_start}-{hit.char_end}"
        out.print(f"[cyan]{number}.[/] {escape(' '.join(hit.text.split()))}")
        out.print(f"    [dim]{escape(' · '.join(facts))} · {escape(address)}[/]")
