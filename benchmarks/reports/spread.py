"""How findings are spread over assets: unevenly, as in real scans. Pure."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random

_LARGE = 2
"""Assets with a tenth of all findings each, where there are enough others."""
_ENOUGH = 20
_SIGMA = 1.1
"""Of the logarithm of the findings per asset: most have a few, some have dozens of times as many."""


def spread(findings: int, assets: int, random: Random) -> list[int]:
    """Findings of each asset; at least one each. Raises ValueError where there are more assets than findings."""
    if not 1 <= assets <= findings:
        raise ValueError(f"{findings} findings cannot be spread over {assets} assets")
    weights = [random.lognormvariate(0, _SIGMA) for _ in range(assets)]
    if assets >= _ENOUGH:
        tenth = sum(weights) / (10 - _LARGE)
        for large in random.sample(range(assets), _LARGE):
            weights[large] = tenth
    share = (findings - assets) / sum(weights)
    counts = [1 + int(weight * share) for weight in weights]
    for asset in random.choices(range(assets), k=findings - sum(counts)):
        counts[asset] += 1
    return counts


def in_order(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Asset and number of each of its findings, one asset after the other."""
    for asset, count in enumerate(counts):
        for number in range(count):
            yield asset, number


def mixed(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """As `in_order`, each once, but the assets' findings among each other. Memory: a number per asset."""
    ends = list(accumulate(counts))
    total = ends[-1]
    step = next(step for step in range(int(total * 0.618) + 1, 2 * total + 2) if math.gcd(step, total) == 1)
    position = 0
    for _ in range(total):
        position = (position + step) % total
        asset = bisect_right(ends, position)
        yield asset, position - (ends[asset - 1] if asset else 0)
