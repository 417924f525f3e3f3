"""Examples → a trained reader: one run, fixed seeds, a checkpoint now and then."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from torch.nn import functional as F

from eval.training.examples import IGNORE, ExampleMaker, RankingExample
from eval.training.model import ANSWERS, MEAN, PEAK, SHIFT, SPAN_END, SPAN_START, SUPPORTS, Reader
from eval.training.sets import Question
from eval.training.statements import Pair, StatementMaker
from qa.reader_input import ReaderInput, ReaderTokenizer

# Weights of the parts of the loss: what counts is the right sentence first; the rest shapes scores.
_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"rank": 0.5, "null": 1.0, "each": 1.0, "window": 0.3, "span": 0.6, "support": 1.0, "pair": 0.5}
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast a run learns; a step reads this many questions and pairs."""

    steps: int
    questions: int = 6
    statement_pairs: int = 6
    rate: float = 1e-4
    head_rate: float = 5e-4
    warmup: int = 60
    cooldown: int = 1000
    keep_every: int = 250
    seed: int = 17
    statement_rankings: float = 0.15
    clozes: float = 0.3


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
    model: Reader, inputs: Sequence[ReaderInput], chunks: int = 2
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Return token logits per input and pair logits, run in chunks of like length."""
    order = sorted(range(len(inputs)), key=lambda i: len(inputs[i].ids))
    size = -(-len(order) // chunks)
    tokens: dict[int, torch.Tensor] = {}
    pairs: dict[int, torch.Tensor] = {}
    for at in range(0, len(order), size):
        rows = order[at : at + size]
        ids, mask, types = batch_tensors([inputs[i] for i in rows])
        with torch.autocast("cpu", dtype=torch.bfloat16):
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


def endless(items: Sequence[Question], rng: random.Random) -> Iterator[Question]:
    """Yield the items in a new random order each round."""
    while True:
        order = list(items)
        rng.shuffle(order)
        yield from order


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step reads."""

    rankings: tuple[RankingExample, ...]
    statements: tuple[Pair, ...]


def draw_batches(
    maker: ExampleMaker,
    statement_maker: StatementMaker,
    questions: Sequence[Question],
    stated: Sequence[Question],
    schedule: Schedule,
) -> Iterator[Batch]:
    """Yield the batches of a run in their order; the same seed draws the same."""
    rng = random.Random(schedule.seed)  # noqa: S311 - for training, not for secrets
    stream, statements = endless(questions, rng), endless(stated, rng)
    spanned = [q for q in questions if q.spans]
    about, answered = endless(spanned, rng), endless(spanned, rng)
    while True:
        rankings: list[RankingExample] = []
        while len(rankings) < schedule.questions:
            if rng.random() < schedule.clozes:
                cloze = maker.cloze(next(about))
                if cloze is not None:
                    rankings.append(cloze)
            elif stated and rng.random() < schedule.statement_rankings:
                one = next(statements)
                rankings.append(maker.statement_ranking(one, rng.randrange(len(one.statements))))
            else:
                example = maker.ranking(next(stream))
                if example.windows:
                    rankings.append(example)
        support: list[Pair] = []
        while stated and len(support) < schedule.statement_pairs:
            drawn = statement_maker.pair(next(statements), next(answered))
            if drawn:
                support.append(drawn)
        yield Batch(tuple(rankings), tuple(support))


def train(
    model: Reader,
    maker: ExampleMaker,
    statement_maker: StatementMaker,
    tokenizer: ReaderTokenizer,
    questions: Sequence[Question],
    stated: Sequence[Question],
    schedule: Schedule,
    out: Path,
    log: Callable[[str], None],
) -> None:
    """Train in place; ``stated`` are questions whose answers are statements with evidence.

    Every ``schedule.keep_every`` steps all that is needed to go on is written to ``out``; a run
    that finds such a file there goes on from it. Remove the file to begin anew.
    """
    torch.manual_seed(schedule.seed)
    heads = [*model.token_head.parameters(), *model.pair_head.parameters()]
    body = [p for p in model.bert.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": schedule.rate}, {"params": heads, "lr": schedule.head_rate}],
        weight_decay=0.01,
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda s: min(
            1.0, (s + 1) / schedule.warmup, max(0.02, (schedule.steps - s) / schedule.cooldown)
        ),
    )
    done = 0
    if out.exists():
        kept = torch.load(out, weights_only=False)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        torch.set_rng_state(kept["random"])
        done = kept["step"]
        log(f"going on after step {done}")
        for _ in range(done):
            scheduler.step()
    model.train()
    sums: dict[str, float] = {}
    started = time.monotonic()
    batches = draw_batches(maker, statement_maker, questions, stated, schedule)
    for step, batch in enumerate(itertools.islice(batches, done, schedule.steps), start=done + 1):
        losses = step_losses(model, tokenizer, batch)
        torch.nn.utils.clip_grad_norm_([*body, *heads], 1.0)
        optimiser.step()
        optimiser.zero_grad()
        scheduler.step()
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + value
        if step % 50 == 0:
            shown = " ".join(f"{k} {v / 50:.3f}" for k, v in sums.items())
            log(f"step {step}/{schedule.steps} {time.monotonic() - started:.0f} s  {shown}")
            sums.clear()
        if step % schedule.keep_every == 0 or step == schedule.steps:
            state = {
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "random": torch.get_rng_state(),
                "step": step,
            }
            unfinished = out.with_suffix(".new")
            torch.save(state, unfinished)
            unfinished.replace(out)


def step_losses(model: Reader, tokenizer: ReaderTokenizer, batch: Batch) -> dict[str, float]:
    """Add the gradients of a batch to the model's and return the parts of its loss."""
    inputs = [tokenizer.encode(e.question, [w.window for w in e.windows]) for e in batch.rankings]
    tokens, pairs = forward(model, [one for rows in inputs for one in rows])
    losses = ranking_loss(batch.rankings, inputs, tokens, pairs)
    loss = sum((_WEIGHTS[k] * v for k, v in losses.items()), start=torch.zeros(()))
    loss.backward()  # type: ignore[no-untyped-call]
    if batch.statements:
        support = support_losses(model, tokenizer, batch.statements)
        loss = sum((_WEIGHTS[k] * v for k, v in support.items()), start=torch.zeros(()))
        loss.backward()  # type: ignore[no-untyped-call]
        losses |= support
    return {k: float(v.detach()) for k, v in losses.items()}


def support_losses(
    model: Reader,
    tokenizer: ReaderTokenizer,
    pairs: Sequence[Pair],
) -> dict[str, torch.Tensor]:
    """Return the losses of telling backed statements from the others: each alone, and in pairs."""
    inputs = [tokenizer.encode(e.statement, [e.window])[0] for pair in pairs for e in pair]
    _, logits = forward(model, inputs)
    scores = logits[:, SUPPORTS]
    wanted = torch.tensor([float(e.supported) for pair in pairs for e in pair])
    return {
        "support": F.binary_cross_entropy_with_logits(scores, wanted),
        "pair": F.softplus(scores[1::2] - scores[::2]).mean(),
    }
