"""Every metric of the suite, in the order that tables show them."""

from __future__ import annotations

from eval.metrics import answers, citations, retrieval
from eval.metrics.base import (
    Metric,
    area_under_risk_coverage,
    expected_calibration_error,
    percentile,
    ratio,
)

__all__ = ["METRICS", "Metric", "by_name"]

METRICS: tuple[Metric, ...] = (
    Metric("document_ndcg@10", "retrieval", retrieval.document_ndcg, ratio),
    Metric("mrr", "retrieval", retrieval.reciprocal_rank, ratio),
    *(
        Metric(f"evidence_hit@{depth}", "retrieval", retrieval.evidence_hit(depth), ratio)
        for depth in (1, 5, 10)
    ),
    *(
        Metric(f"{name}_{budget}w", "retrieval", made(budget), ratio)
        for name, made in (
            ("evidence_hit", retrieval.hit_within_words),
            ("word_recall", retrieval.word_recall),
            ("span_word_recall", retrieval.span_word_recall),
        )
        for budget in (300, 800)
    ),
    Metric("sentence_hit@1", "evidence", citations.sentence_hit(1), ratio),
    Metric("sentence_hit@5", "evidence", citations.sentence_hit(5), ratio),
    Metric("citation_precision", "citations", citations.citation_precision, ratio),
    Metric("citation_recall", "citations", citations.citation_recall, ratio),
    Metric("citation_f1", "citations", citations.citation_f1, ratio),
    Metric("short_exact_match", "answers", answers.short_exact_match, ratio),
    Metric("short_f1", "answers", answers.short_f1, ratio),
    Metric("statement_rouge_l", "answers", answers.statement_rouge_l, ratio),
    Metric("abstention_precision", "abstention", answers.abstention_precision, ratio, paired="any"),
    Metric("abstention_recall", "abstention", answers.abstention_recall, ratio, paired="any"),
    Metric("abstention_f1", "abstention", answers.abstention_f1, ratio, paired="any"),
    Metric("aurc", "confidence", answers.confidence, area_under_risk_coverage, better="lower"),
    Metric("ece", "confidence", answers.confidence, expected_calibration_error, better="lower"),
    Metric("validity", "operation", citations.validity, ratio),
    Metric("generated_share", "operation", answers.generated_share, ratio, better=None),
    Metric("degraded_share", "operation", answers.degraded_share, ratio, better="lower"),
    *(
        Metric(
            f"{call}_p{share}", "operation", answers.latency(call), percentile(share), None, "ms"
        )
        for call in ("ask", "search")
        for share in (50, 95)
    ),
)


def by_name(name: str) -> Metric:
    """Return the metric of that name; raises ``KeyError`` where there is none."""
    return {metric.name: metric for metric in METRICS}[name]
