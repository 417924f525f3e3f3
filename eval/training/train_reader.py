"""Batches → a trained reader: one run, fixed seeds, checkpoints that a later run goes on from.

Training goes in rounds. In each the learning rate warms up, stays, and falls in the last steps
(warm-up, stable, decay: Hu et al. 2024). A checkpoint from the stable part serves any longer run of
the round, and the next round begins with what the last one ended with, so training can go on for as
long as it helps; what each step reads depends on the seed and the step alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch.nn import functional as F

from eval.training.examples import IGNORE, RankingExample
from eval.training.mix import Batch, Mix
from eval.training.model import ANSWERS, MEAN, PEAK, SHIFT, SPAN_END, SPAN_START, SUPPORTS, Reader
from qa.reader.inputs import ReaderInput, ReaderTokenizer

# Weights of the parts of the loss: what counts is the right sentence first; the rest shapes scores.
_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"rank": 0.5, "null": 1.0, "each": 1.0, "window": 0.3, "span": 1.0, "support": 1.0, "pair": 0.3}
)

# Where the processor has no instructions for bfloat16, products in it are slower than whole ones.
_HALF = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())

# Padded tokens of one forward and backward pass: more don't fit the processor's cache.
_CHUNK_TOKENS = 2048


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast a round learns; steps are counted over all rounds.

    Args:
        steps: the step that the round ends before.
        start: the step that it begins with.
        rate: learning rate of the encoder's layers while it stays.
        head_rate: that of the heads.
        warmup: steps in which it rises.
        cooldown: steps in which it falls, the last ones.
        keep_every: steps between checkpoints.
        curve_every: steps between points of the learning curve.
        seed: drawn from with the number of the step.
    """

    steps: int
    start: int = 0
    rate: float = 1.5e-4
    head_rate: float = 5e-4
    warmup: int = 100
    cooldown: int = 1200
    keep_every: int = 100
    curve_every: int = 500
    seed: int = 17

    def finishing(self, step: int) -> bool:
        """Return whether the rate falls at a step, counted from 0."""
        return self.steps - step < self.cooldown

    def factor(self, step: int) -> float:
        """Return the share of the rate at a step, counted from 0."""
        rising = (step + 1 - self.start) / self.warmup
        return min(1.0, rising, max(0.02, (self.steps - step) / self.cooldown))


def batch_tensors(inputs: Sequence[ReaderInput]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ids, mask and types padded to the longest."""
    longest = max(len(i.ids) for i in inputs)
    ids = torch.zeros(len(inputs), longest, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, one in enumerate(inputs):
        length = len(one.ids)
        ids[row, :length] = torch.tensor(one.ids)
        mask[row, :length] = 1
        types[row, :length] = torch.tensor(one.types)
    return ids, mask, types


def forward(
    model: Reader, inputs: Sequence[ReaderInput]
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Return token logits per input and pair logits, run in chunks of like length."""
    order = sorted(range(len(inputs)), key=lambda i: len(inputs[i].ids))
    tokens: dict[int, torch.Tensor] = {}
    pairs: dict[int, torch.Tensor] = {}
    while order:
        take = max(1, _CHUNK_TOKENS // len(inputs[order[-1]].ids))
        order, rows = order[:-take], order[-take:]
        ids, mask, types = batch_tensors([inputs[i] for i in rows])
        with torch.autocast("cpu", torch.bfloat16, enabled=_HALF):
            token_logits, pair_logits = model(ids, mask, types)
        for k, i in enumerate(rows):
            tokens[i] = token_logits[k, : len(inputs[i].ids)]
            pairs[i] = pair_logits[k]
    count = range(len(inputs))
    return [tokens[i] for i in count], torch.stack([pairs[i] for i in count])


def sentence_scores(one: ReaderInput, tokens: torch.Tensor, pair: torch.Tensor) -> torch.Tensor:
    """Return the score of every sentence of a window; one that was cut off gets a low one."""
    scores = []
    for start, end in one.ranges:
        if start < end:
            own = tokens[start:end]
            scores.append(own[:, MEAN].mean() + own[:, PEAK].max() + pair[SHIFT])
        else:
            scores.append(pair[SHIFT].detach() * 0 - 20.0)
    return torch.stack(scores)


def ranking_loss(
    examples: Sequence[RankingExample],
    inputs: Sequence[Sequence[ReaderInput]],
    tokens: Sequence[torch.Tensor],
    pairs: torch.Tensor,
) -> dict[str, torch.Tensor]:
    """Return the parts of the loss of a batch of questions, each a mean."""
    parts: dict[str, list[torch.Tensor]] = {
        "rank": [],
        "null": [],
        "each": [],
        "window": [],
        "span": [],
    }
    row = 0
    for example, rows in zip(examples, inputs, strict=True):
        scores, labels = [], []
        for labelled, one in zip(example.windows, rows, strict=True):
            own = sentence_scores(one, tokens[row], pairs[row])
            label = torch.tensor(labelled.labels, dtype=torch.float)
            scores.append(own)
            labels.append(label)
            if labelled.spans is not None:
                parts["span"].append(_span_loss(labelled.spans, one, tokens[row]))
            if IGNORE not in labelled.labels or 1 in labelled.labels:
                parts["window"].append(
                    F.binary_cross_entropy_with_logits(
                        pairs[row, ANSWERS], (label == 1).any().float()
                    )
                )
            row += 1
        score, label = torch.cat(scores), torch.cat(labels)
        kept = label != IGNORE
        score, label = score[kept], label[kept]
        if not len(score):
            continue
        gold = score[label == 1]
        total = torch.logsumexp(torch.cat([score, score.new_zeros(1)]), 0)
        if len(gold):
            found = torch.logsumexp(gold, 0)
            parts["rank"].append(torch.logsumexp(score, 0) - found)
            parts["null"].append(total - found)
        else:
            parts["null"].append(total)
        parts["each"].append(F.binary_cross_entropy_with_logits(score, label))
    return {k: torch.stack(v).mean() for k, v in parts.items() if v}


def _span_loss(
    spans: Sequence[tuple[int, int, int]], one: ReaderInput, tokens: torch.Tensor
) -> torch.Tensor:
    """Return the cross-entropy of the nearest of the right spans; position 0 says there is none."""
    targets = []
    for sentence, start, end in spans:
        first, last = one.ranges[sentence]
        inside = [
            t for t in range(first, last) if one.offsets[t][0] < end and one.offsets[t][1] > start
        ]
        if inside:
            targets.append((inside[0], inside[-1]))
    if spans and not targets:
        return tokens.sum() * 0
    begin = F.log_softmax(tokens[:, SPAN_START], 0)
    finish = F.log_softmax(tokens[:, SPAN_END], 0)
    if not targets:
        return -(begin[0] + finish[0]) / 4  # half weight: most windows hold no answer
    return torch.stack([-(begin[a] + finish[b]) / 2 for a, b in targets]).min()


class Run:
    """A model with its optimiser at some step of a round."""

    def __init__(self, model: Reader, schedule: Schedule, folder: Path) -> None:
        """Take a model that the round begins with; ``folder`` holds the round's checkpoints."""
        folder.mkdir(parents=True, exist_ok=True)
        self._heads = [*model.token_head.parameters(), *model.pair_head.parameters()]
        self._body = [p for p in model.bert.parameters() if p.requires_grad]
        self.model = model
        self.schedule = schedule
        self.step = schedule.start
        self._folder = folder
        self._optimiser = torch.optim.AdamW(
            [
                {"params": self._body, "lr": schedule.rate},
                {"params": self._heads, "lr": schedule.head_rate},
            ],
            weight_decay=0.01,
        )

    def go_on(self) -> None:
        """Take up the latest checkpoint that this schedule would have passed through."""
        for name in ("latest.pt", "stable.pt"):
            path = self._folder / name
            if not path.exists():
                continue
            kept: dict[str, Any] = torch.load(path, weights_only=False)
            stable = kept["step"] <= self.schedule.steps - self.schedule.cooldown
            if kept["steps"] == self.schedule.steps or (stable and kept["stable"]):
                self.model.load_state_dict(kept["model"])
                self._optimiser.load_state_dict(kept["optimiser"])
                self.step = kept["step"]
                return

    def keep(self) -> None:
        """Write what a later run needs; "stable.pt" is the last before the rate falls."""
        stable = self.step <= self.schedule.steps - self.schedule.cooldown
        state = {
            "model": self.model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "steps": self.schedule.steps,
            "stable": stable,
        }
        for name in ("latest.pt", "stable.pt") if stable else ("latest.pt",):
            unfinished = self._folder / "unfinished.pt"
            torch.save(state, unfinished)
            unfinished.replace(self._folder / name)

    def learn(self, tokenizer: ReaderTokenizer, batch: Batch) -> dict[str, float]:
        """Take one step and return the parts of its loss."""
        factor = self.schedule.factor(self.step)
        rates = (self.schedule.rate, self.schedule.head_rate)
        for group, rate in zip(self._optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * factor
        torch.manual_seed(self.schedule.seed * 1_000_003 + self.step)
        losses = step_losses(self.model, tokenizer, batch)
        torch.nn.utils.clip_grad_norm_([*self._body, *self._heads], 1.0)
        self._optimiser.step()
        self._optimiser.zero_grad()
        self.step += 1
        return losses


def train(
    run: Run,
    mix: Mix,
    tokenizer: ReaderTokenizer,
    curve: Callable[[Reader], str],
    log: Callable[[str], None],
) -> None:
    """Train to the end of a round, from the latest checkpoint that serves it.

    Args:
        run: the model and its optimiser.
        mix: what each step reads.
        tokenizer: makes the reader's input.
        curve: tells in a line how well the model does on development parts.
        log: called with a line now and then.
    """
    run.go_on()
    if run.step > run.schedule.start:
        log(f"going on after step {run.step}")
    schedule = run.schedule
    run.model.train()
    sums: dict[str, float] = {}
    started, first = time.monotonic(), run.step
    while run.step < schedule.steps:
        batch = mix.batch(run.step, schedule.finishing(run.step))
        for name, value in run.learn(tokenizer, batch).items():
            sums[name] = sums.get(name, 0.0) + value
        if run.step % 50 == 0:
            shown = " ".join(f"{k} {v / 50:.3f}" for k, v in sums.items())
            pace = (time.monotonic() - started) / (run.step - first)
            log(f"step {run.step}/{schedule.steps} {pace:.2f} s/step  {shown}")
            sums.clear()
        if run.step % schedule.keep_every == 0 or run.step == schedule.steps:
            run.keep()
        if run.step % schedule.curve_every == 0 or run.step == schedule.steps:
            run.model.eval()
            log(f"curve {run.step}: {curve(run.model)}")
            run.model.train()


def step_losses(model: Reader, tokenizer: ReaderTokenizer, batch: Batch) -> dict[str, float]:
    """Add the gradients of a batch to the model's and return the parts of its loss."""
    inputs = [tokenizer.encode(e.question, [w.window for w in e.windows]) for e in batch.rankings]
    tokens, pairs = forward(model, [one for rows in inputs for one in rows])
    losses = ranking_loss(batch.rankings, inputs, tokens, pairs)
    _weighted(losses).backward()  # type: ignore[no-untyped-call]
    support = support_losses(model, tokenizer, batch)
    _weighted(support).backward()  # type: ignore[no-untyped-call]
    return {k: float(v.detach()) for k, v in (losses | support).items()}


def _weighted(losses: Mapping[str, torch.Tensor]) -> torch.Tensor:
    return sum((_WEIGHTS[k] * v for k, v in losses.items()), start=torch.zeros(()))


def support_losses(
    model: Reader, tokenizer: ReaderTokenizer, batch: Batch
) -> dict[str, torch.Tensor]:
    """Return the losses of telling backed statements from the others: each alone, and in pairs."""
    examples = [*(e for pair in batch.pairs for e in pair), *batch.statements]
    inputs = [tokenizer.encode(e.statement, [e.window])[0] for e in examples]
    _, logits = forward(model, inputs)
    scores = logits[:, SUPPORTS]
    wanted = torch.tensor([float(e.supported) for e in examples])
    paired = scores[: 2 * len(batch.pairs)]
    return {
        "support": F.binary_cross_entropy_with_logits(scores, wanted),
        "pair": F.softplus(paired[1::2] - paired[::2]).mean(),
    }
