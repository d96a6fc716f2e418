"""How often a vendor is asked: not faster than its account allows, and a task when its end is to be expected."""

import time

SHORTEST_S, LONGEST_S, SHARE_OF_AGE = 1.0, 15.0, 0.1
SHARE_OF_REST = 0.4  # of the time that seems to be left: an estimate may be wrong by more than half
SHARE_OF_DELAY = 0.2  # of the time by which an end is overdue
IN_DOUBT_S = 300.0  # a task past its deadline
BURST_SHARE = 1 / 6  # so that no second, wherever it begins, holds much more than the rate
LONGEST_OF_MANY_S = 25.0  # for tasks far from their end that tell their progress, where there are thousands
LOOKS_PER_S = 400.0  # at those, roughly
FIRST_LOOKS_PER_S = 250.0  # when a sweep begins


class TokenBucket:
    """Lets `rate` calls a second pass, and `burst` at once; a rate of 0 is no limit."""

    def __init__(self, rate: float, *, burst: float | None = None) -> None:
        self.rate = rate
        self.burst = rate if burst is None else burst
        self.tokens = self.burst
        self.filled_at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        if not self.rate:
            return now >= self.filled_at
        self.tokens = min(self.burst, self.tokens + max(now - self.filled_at, 0.0) * self.rate)
        self.filled_at = max(now, self.filled_at)
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def give_back(self) -> None:
        """Undo a `take` whose call was not made."""
        self.tokens += 1

    def pause(self, seconds: float) -> None:
        """Let nothing pass for a while: the vendor said that it is too much."""
        self.tokens = 0.0
        self.filled_at = max(self.filled_at, time.monotonic() + seconds)


def make_bucket(rate: float) -> TokenBucket:
    """Return a bucket for a vendor's limit per second; 0: none."""
    if not rate:
        return TokenBucket(0.0)
    burst = max(rate * BURST_SHARE, 1.0)
    return TokenBucket(max(rate - burst, 1.0), burst=burst)


def compute_wait_s(
    *,
    age_s: float,
    progress_percent: int | None = None,
    still_s: float = 0.0,
    expected_s: float | None = None,
    longest_s: float = LONGEST_S,
) -> float:
    """Return how long to wait before the next look at a task that has run for `age_s`.

    Its progress reached the present percents `still_s` ago; `expected_s` is how long such a task takes, if that is
    known. Near the end that follows from them the looks are dense, and thin out again when it does not come.
    """
    by_age = min(max(SHARE_OF_AGE * age_s, SHORTEST_S), LONGEST_S)
    if progress_percent:
        end_s = max(age_s - still_s, 0.0) * 100 / progress_percent
        return _approach(end_s - age_s, longest_s=longest_s)
    if expected_s:
        return min(by_age, _approach(expected_s - age_s, longest_s=LONGEST_S))
    return by_age


def _approach(rest_s: float, *, longest_s: float) -> float:
    wait_s = SHARE_OF_REST * rest_s if rest_s > 0 else -SHARE_OF_DELAY * rest_s
    return min(max(wait_s, SHORTEST_S), longest_s if rest_s > 0 else LONGEST_S)


def compute_longest_s(tasks: int) -> float:
    """Return how long a task with progress may wait at most, with so many in flight."""
    return min(max(tasks / LOOKS_PER_S, LONGEST_S), LONGEST_OF_MANY_S)
