"""How often a vendor is asked: not faster than its account allows, and a task when its end is to be expected."""

import time

SHORTEST_S, LONGEST_S, SHARE_OF_AGE = 1.0, 15.0, 0.1
SHARE_OF_REST = 0.4  # of the time that seems to be left: an estimate may be wrong by more than half
SHARE_WHEN_SURE, SURE_WITHIN = 0.6, 0.1  # where the look before said the same end, within so much of the time left
SHARE_OF_DELAY = 0.2  # of the time by which an end is overdue
IN_DOUBT_S = 300.0  # a task past its deadline
BURST_SHARE = 1 / 6  # so that no second, wherever it begins, holds much more than the rate
# Each request costs a little of the machine, so with thousands of tasks all waits grow, as far as the lag allows it.
LOOKS_PER_S, LOOKS_PER_TASK_S = 100.0, 0.08  # the budget; what a task takes of it where there are few
STRETCH_MAX = 8.0
SHARE_OF_REST_OF_MANY, SHARE_WHEN_SURE_OF_MANY = 0.6, 0.9
LIST_EVERY_S, PAGES_PER_S = 2.5, 48.0  # of a vendor's list
FIRST_LOOKS_PER_S = 160.0  # when a sweep begins


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
    said_before_s: float | None = None,
    tasks: int = 1,
) -> float:
    """Return how long to wait before the next look at a task that has run for `age_s`.

    Its progress reached the present percents `still_s` ago; `said_before_s` is the end that the look before let
    expect; `expected_s` is how long such a task takes, if that is known; `tasks` are in flight with it. Near the end
    that follows from them the looks are dense, and thin out again when it does not come.
    """
    stretch = compute_stretch(tasks)
    shortest_s, longest_s = SHORTEST_S * stretch, LONGEST_S * stretch
    by_age = min(max(SHARE_OF_AGE * age_s, shortest_s), LONGEST_S)
    if progress_percent:
        end_s = compute_end_s(age_s=age_s, progress_percent=progress_percent, still_s=still_s)
        rest_s = end_s - age_s
        is_sure = said_before_s is not None and abs(end_s - said_before_s) <= SURE_WITHIN * rest_s
        share = SHARE_WHEN_SURE if is_sure else SHARE_OF_REST
        most = SHARE_WHEN_SURE_OF_MANY if is_sure else SHARE_OF_REST_OF_MANY
        wait_s = _approach(rest_s, share=min(share * stretch, most))
        return min(max(wait_s, shortest_s), longest_s if rest_s > 0 else LONGEST_S)
    if expected_s:
        return min(by_age, max(_approach(expected_s - age_s, share=SHARE_OF_REST), shortest_s))
    return by_age


def compute_end_s(*, age_s: float, progress_percent: int, still_s: float) -> float:
    """Return at what age a task will be done if it goes on as it did until its progress moved last."""
    return max(age_s - still_s, 0.0) * 100 / progress_percent


def _approach(rest_s: float, *, share: float) -> float:
    return share * rest_s if rest_s > 0 else -SHARE_OF_DELAY * rest_s


def compute_stretch(tasks: int) -> float:
    """Return by how much all waits grow with so many tasks in flight, so that their looks keep to the budget."""
    return min(max(tasks * LOOKS_PER_TASK_S / LOOKS_PER_S, 1.0), STRETCH_MAX)


def compute_first_pause_s(tasks: int) -> float:
    """Return how long to leave a new task alone: with few of them not at all."""
    return SHORTEST_S * (compute_stretch(tasks) - 1)


def compute_list_pause_s(pages: int) -> float:
    """Return how far apart the readings of a list of so many pages begin."""
    return max(LIST_EVERY_S, pages / PAGES_PER_S)
