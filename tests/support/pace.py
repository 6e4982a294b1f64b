"""Budgets of time, in the time of the machine that they were set on: a slower one, or a busier one, may take longer."""

import statistics
import time
from typing import Final

#: Seconds that :func:`_work` took on that machine.
_REFERENCE: Final = 0.02


def within(taken: float, budget: float) -> bool:
    """Whether what took so many seconds here keeps to a budget of so many seconds there."""
    return taken < budget or taken < budget * slowness()


def slowness() -> float:
    """How many times longer than there the same work takes here, now; a faster machine counts as that one."""
    return max(1.0, statistics.median(_work() for _ in range(5)) / _REFERENCE)


def _work() -> float:
    begun = time.perf_counter()
    sum(number * number for number in range(200_000))
    return time.perf_counter() - begun
