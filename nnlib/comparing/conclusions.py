"""What several seeds allow to be said: bands, a paired test, and sentences without jargon.

Seeds pair the values that are compared: with the same seed they have the same data, batches and
base weights. A run that diverged has the loss inf, which is worse than any number and as bad as
another inf. Nothing is left out silently.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

ALPHA = 0.05  # how often chance alone may tell apart what is the same, over all pairs together
FEWEST_SEEDS = 6  # 2 / 2^6 = 0.03 is the first smallest possible p below ALPHA


class Band(NamedTuple):
    """Median and quartiles over the seeds."""

    median: float | np.ndarray
    q1: float | np.ndarray
    q3: float | np.ndarray


@dataclass(frozen=True)
class Pair:
    """How two values compare over n seeds.

    Attributes
    ----------
    first, second : labels
    wins, losses, ties : seeds in which the first has the lower, the higher, the same loss
    p : of the two-sided test, 0-1
    p_corrected : p after Holm's correction for all pairs, 0-1
    better : the label with the lower losses by the test's ranks, or "" where neither has
    """

    first: str
    second: str
    wins: int
    losses: int
    ties: int
    p: float
    p_corrected: float
    better: str

    @property
    def distinguishable(self) -> bool:
        """Whether the test tells the two apart."""
        return self.p_corrected <= ALPHA


def band(values: np.ndarray) -> Band:
    """Median and quartiles over the first axis, the seeds, of values (n, ...); inf is a value.

    Between two neighbours they are interpolated linearly (Hyndman & Fan's type 7, NumPy's
    default). Raises ValueError for no seed and for NaN, which has no place in an order.
    """
    ordered = np.sort(np.asarray(values, np.float64), axis=0)
    if not len(ordered) or np.isnan(ordered).any():
        raise ValueError("values: one or more seeds, and no NaN (a diverged run counts as inf)")

    def quantile(share: float) -> float | np.ndarray:
        place = share * (len(ordered) - 1)
        below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
        with np.errstate(invalid="ignore"):  # inf - inf, where both are the same
            between = below + (place % 1) * (above - below)
        found = np.where(below == above, below, between)
        return found if found.ndim else float(found)

    return Band(quantile(0.5), quantile(0.25), quantile(0.75))


# ---------------------------------------------------------------- the test


def signed_rank(first: np.ndarray, second: np.ndarray) -> tuple[float, int]:
    """Wilcoxon's signed-rank test for pairs (n,): the exact two-sided p, and who is lower.

    That is -1 for the first, 1 for the second, 0 for neither: the sign of the rank sum.

    Pairs without a difference are left out (Wilcoxon 1945). Equal differences share their mean
    rank, and a difference to inf ranks above all others; the distribution is that of the ranks at
    hand, each with either sign (Pratt & Gibbons 1981), so p stays exact with both.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    differ = first != second
    difference = first[differ] - second[differ]
    if not len(difference):
        return 1.0, 0
    sizes = np.abs(difference)
    # Twice the mean rank: those below, and those up to here.
    ranks = (sizes[:, None] > sizes).sum(axis=1) + (sizes[:, None] >= sizes).sum(axis=1) + 1
    ways = np.zeros(ranks.sum() + 1)  # of the signs, by the sum of the ranks with a plus
    ways[0] = 1
    for rank in ranks:
        ways[rank:] += ways[:-rank].copy()
    plus = ranks[difference > 0].sum()
    tail = min(ways[: plus + 1].sum(), ways[plus:].sum()) / ways.sum()
    return min(1.0, 2 * float(tail)), int(np.sign(2 * plus - ranks.sum()))


def smallest_p(n_seeds: int) -> float:
    """The least p that n pairs can give: all signs alike."""
    return min(1.0, 2 / 2**n_seeds)


def seeds_needed(n_values: int) -> int:
    """The fewest seeds with which the test can tell any of so many values apart, all corrected."""
    pairs = n_values * (n_values - 1) // 2
    n = FEWEST_SEEDS
    while pairs * smallest_p(n) > ALPHA:
        n += 1
    return n


def holm(p: Sequence[float]) -> list[float]:
    """Holm's correction (1979): p values such that any at most alpha is an error with that rate.

    The i-th smallest of m (from 0) is multiplied by m - i; none gets less than a smaller one.
    """
    corrected, least = [0.0] * len(p), 0.0
    for i, place in enumerate(sorted(range(len(p)), key=lambda place: p[place])):
        least = max(least, min(1.0, (len(p) - i) * p[place]))
        corrected[place] = least
    return corrected


def compare_pairs(labels: Sequence[str], losses: np.ndarray) -> list[Pair]:
    """Every pair of the values, in the order of their labels.

    losses: (v, n), a row for each label, a column for each seed; inf for a run that diverged.
    Raises ValueError for another shape, no seed, or NaN.
    """
    losses = _checked(labels, losses)
    pairs = list(combinations(range(len(labels)), 2))
    tests = [signed_rank(losses[i], losses[j]) for i, j in pairs]
    corrected = holm([p for p, _ in tests])
    return [
        Pair(
            labels[i],
            labels[j],
            int((losses[i] < losses[j]).sum()),
            int((losses[i] > losses[j]).sum()),
            int((losses[i] == losses[j]).sum()),
            p,
            p_corrected,
            {-1: labels[i], 0: "", 1: labels[j]}[sign],
        )
        for (i, j), (p, sign), p_corrected in zip(pairs, tests, corrected, strict=True)
    ]


def _checked(labels: Sequence[str], losses: np.ndarray) -> np.ndarray:
    losses = np.asarray(losses, np.float64)
    if losses.ndim != 2 or len(losses) != len(labels) or not losses.size:
        raise ValueError(
            f"losses: a row for each of {len(labels)} labels, a column for each of 1 or more "
            f"seeds. Got {losses.shape} instead."
        )
    if np.isnan(losses).any():
        raise ValueError("losses: no NaN; a diverged run counts as inf")
    return losses


# ---------------------------------------------------------------- in words


def conclusion(
    labels: Sequence[str],
    losses: np.ndarray,
    epochs_to_solve: Sequence[Sequence[int | None]] | None = None,
    *,
    what: str = "final test loss",
) -> list[str]:
    """One to four plain sentences on what the seeds show; the last one names the test.

    labels: of v values, all different. losses: (v, n), paired by seed, inf for a diverged run;
    `what` is their name, and less is better. epochs_to_solve: (v, n), None for never. Raises
    ValueError as of `compare_pairs`.
    """
    losses = _checked(labels, losses)
    n = losses.shape[1]
    seeds = _count(n, "seed")
    remarks = _remarks(labels, losses, epochs_to_solve)
    if len(labels) == 1:
        return [f"{labels[0]} is the only value: choose another one to compare it with.", *remarks]
    if np.isinf(losses).all():
        return [f"Every run diverged, so there is no {what} to compare: try a smaller step."]
    if (losses == losses[0]).all():
        same = "in this seed" if n == 1 else f"in each of {n} seeds"
        return [f"All values have the same {what} {same}: nothing tells them apart.", *remarks]
    pairs = compare_pairs(labels, losses)
    needed = seeds_needed(len(labels))
    if n < needed:
        chance = min(1.0, len(pairs) * smallest_p(n))
        return [
            f"With {seeds} nothing can be concluded: even a difference that shows in every seed "
            f"could be chance (p = {chance:.2g}{_for_pairs(pairs)}, {ALPHA} is the limit); "
            f"it takes at least {needed} seeds.",
            *remarks,
            _test(pairs),
        ]
    alike = [_joined(group) for group in _not_told_apart(labels, pairs)]
    if not any(pair.distinguishable for pair in pairs):
        who = "the two" if len(labels) == 2 else "the values"
        return [
            f"With {seeds} {alike[0]} can't be told apart by their {what}; "
            f"that does not show that {who} are equal.",
            *remarks,
            _test(pairs),
        ]
    findings = _ranking(labels, pairs, n, what) or _findings(labels, pairs, n, what)
    told = [
        *(f"{group} can't be told apart" for group in alike[:1]),
        *(f"nor can {group}" for group in alike[1:]),
    ]
    sentences = [[*told, *findings]] if len(told + findings) <= 3 else [told, findings]
    first, *others = ["; ".join(parts) for parts in sentences if parts]
    return [f"With {seeds} {first}.", *(f"But {part}." for part in others), *remarks, _test(pairs)]


def _ranking(labels: Sequence[str], pairs: list[Pair], n: int, what: str) -> list[str]:
    """Three or more values that all differ, in their order; [] where they do not stand in one."""
    beats = {label: sum(pair.better == label for pair in pairs) for label in labels}
    in_order = sorted(beats.values()) == list(range(len(labels)))
    if len(labels) == 2 or not in_order or not all(pair.distinguishable for pair in pairs):
        return []
    order = sorted(labels, key=lambda label: -beats[label])
    least = min(_seeds_for(pair) for pair in pairs)
    often = f"{n}" if least == n else f"at least {least}"
    return [
        "all values can be told apart",
        f"from the lowest {what} to the highest they are {_joined(order)}, every two of them "
        f"so in {often} of {n}",
    ]


def _seeds_for(pair: Pair) -> int:
    """In how many seeds the better one is better."""
    return pair.wins if pair.better == pair.first else pair.losses


def _findings(labels: Sequence[str], pairs: list[Pair], n: int, what: str) -> list[str]:
    """Who is worse than whom, from the worst on; values worse than the same others together."""
    worse_than: dict[str, dict[str, int]] = {label: {} for label in labels}
    for pair in pairs:
        if pair.distinguishable and pair.better:
            worse = pair.second if pair.better == pair.first else pair.first
            worse_than[worse][pair.better] = _seeds_for(pair)
    groups: dict[tuple[str, ...], list[str]] = {}
    for label in sorted(labels, key=lambda label: -len(worse_than[label])):
        if worse_than[label]:
            groups.setdefault(tuple(worse_than[label]), []).append(label)
    found = []
    for better, losers in groups.items():
        counts = [count for label in losers for count in worse_than[label].values()]
        low, high = min(counts), max(counts)
        often = f"{low}" if low == high else f"{low} to {high}"
        verb = "has" if len(losers) == 1 else "have"
        others = len(better) > 1 and len(better) + len(losers) == len(labels)
        than = "all others" if others else _joined(better)
        found.append(f"{_joined(losers)} {verb} a higher {what} than {than} in {often} of {n}")
    return found


def _not_told_apart(labels: Sequence[str], pairs: list[Pair]) -> list[tuple[str, ...]]:
    """The largest sets of labels of which no pair can be told apart, none within another."""
    apart = {frozenset((pair.first, pair.second)) for pair in pairs if pair.distinguishable}
    sets: list[tuple[str, ...]] = []
    for size in range(len(labels), 1, -1):
        for group in combinations(labels, size):
            together = not any(frozenset(two) in apart for two in combinations(group, 2))
            if together and not any(set(group) <= set(larger) for larger in sets):
                sets.append(group)
    return sets


def _remarks(
    labels: Sequence[str],
    losses: np.ndarray,
    epochs_to_solve: Sequence[Sequence[int | None]] | None,
) -> list[str]:
    """At most one sentence: who diverged, and who did not always solve the task."""
    n = losses.shape[1]
    parts = []
    diverged = _by_count(labels, np.isinf(losses).sum(axis=1), "diverged", ordinary=0)
    if diverged:
        parts.append(f"{diverged} (that counts as the worst)")
    if epochs_to_solve is not None:
        solved = [sum(epoch is not None for epoch in row) for row in epochs_to_solve]
        parts.append(_by_count(labels, solved, "solved the task", ordinary=n))
    text = "; ".join(part for part in parts if part)
    return [f"Of {_count(n, 'seed')}, {text}."] if text else []


def _by_count(labels: Sequence[str], counts: Sequence[int], did: str, *, ordinary: int) -> str:
    """'a and b <did> in none, c in 7': labels by count, fewest first; the ordinary is not said."""
    groups: dict[int, list[str]] = {}
    for label, count in sorted(zip(labels, counts, strict=True), key=lambda each: each[1]):
        if count != ordinary:
            groups.setdefault(int(count), []).append(label)
    parts = [
        f"{_joined(group)}{'' if i else ' ' + did} in {count or 'none'}"
        for i, (count, group) in enumerate(groups.items())
    ]
    return ", ".join(parts)


def _test(pairs: list[Pair]) -> str:
    told = [pair.p_corrected for pair in pairs if pair.distinguishable]
    largest = f"; p = {max(told):.2g}{' at most' if len(told) > 1 else ''}" if told else ""
    return (
        "Test: Wilcoxon signed-rank on the differences seed by seed, exact, two-sided"
        f"{', Holm-corrected for ' + str(len(pairs)) + ' pairs' if len(pairs) > 1 else ''}, "
        f"at {ALPHA:.0%}{largest}."
    )


def _for_pairs(pairs: list[Pair]) -> str:
    return f" with {len(pairs)} pairs compared" if len(pairs) > 1 else ""


def _joined(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
