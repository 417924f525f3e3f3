"""Requests and answers → counters and latencies for Prometheus, one registry per application."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from qa.records import Answer

# Methods that HTTP defines; a client may send any word for one, and each would be counted for ever.
METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
)

# From a cached page to a generated answer on a slow machine.
LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """What the service counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "transcript_qa_requests",
            "HTTP requests, by route template.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._latency = Histogram(
            "transcript_qa_request_seconds",
            "Time from the request's start to its last byte, by route template.",
            ["route"],
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )
        self._answers = Counter(
            "transcript_qa_answers",
            "Answers, by status; degraded ones say so.",
            ["status", "degraded"],
            registry=self.registry,
        )
        self._ingested = Counter(
            "transcript_qa_ingested",
            "Uploaded sources, by what became of them.",
            ["status"],
            registry=self.registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a finished request."""
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._latency.labels(route).observe(seconds)

    def answer(self, answer: Answer) -> None:
        """Count an answer."""
        self._answers.labels(answer.status, "yes" if answer.degraded else "no").inc()

    def ingested(self, status: str) -> None:
        """Count an uploaded source."""
        self._ingested.labels(status).inc()

    def render(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
