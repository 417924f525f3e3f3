from __future__ import annotations

from scripts.load import FAILED, OK, REFUSED, Exchange, faults, lines, percentile


def test_a_line_tells_throughput_times_of_accepted_requests_and_refusals() -> None:
    exchanges = [Exchange("quote", OK, s / 10) for s in range(1, 11)]
    exchanges += [Exchange("quote", REFUSED, 0.0, "5"), Exchange("auto", REFUSED, 0.0)]
    assert lines(exchanges, 5.0) == [
        "quote: 2.00 a second, p50 0.60 s, p95 1.00 s, p99 1.00 s, longest 1.00 s; "
        "1 refused, 1 of them with Retry-After",
        "auto: 0.00 a second, none accepted; 1 refused, 0 of them with Retry-After",
        "search: 0.00 a second, none accepted; 0 refused, 0 of them with Retry-After",
    ]


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([1.0], 0.99) == 1.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0


def test_slow_answers_untold_refusals_and_failures_are_faults() -> None:
    fine = [Exchange("quote", OK, 4.9), Exchange("auto", REFUSED, 0.1, "5")]
    assert faults(fine, 5.0) == []
    bad = [
        Exchange("quote", OK, 5.1),
        Exchange("quote", REFUSED, 0.1),
        Exchange("search", 500, 0.1),
        Exchange("search", FAILED, 60.0),
    ]
    assert faults(fine + bad, 5.0) == [
        "1 accepted but took over 5 s",
        "1 refused without Retry-After",
        "2 neither answered nor refused (statuses [0, 500])",
    ]
