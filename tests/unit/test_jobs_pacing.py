"""When a task is looked at again, and how many calls a vendor's limit lets pass."""

import pytest

from jobs import pacing
from jobs.pacing import TokenBucket, compute_end_s, compute_list_pause_s, compute_stretch, compute_wait_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [100.0]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: moment[0])
    return moment


@pytest.mark.parametrize(("age_s", "wait_s"), [(0, 1), (5, 1), (50, 5), (1000, 15)])
def test_a_task_that_says_nothing_is_asked_about_more_rarely_as_it_grows_old(age_s: float, wait_s: float) -> None:
    assert compute_wait_s(age_s=age_s) == pytest.approx(wait_s)


@pytest.mark.parametrize(
    ("age_s", "percent", "wait_s"),
    [
        (300, 10, 15),  # the end is far
        (80, 80, 8),  # 20 s seem to be left
        (95, 95, 2),
        (99, 99, 1),
        (5, 1, 15),
        (100, 0, 10),  # no progress yet: by age
    ],
)
def test_the_looks_are_dense_near_the_end_that_progress_lets_expect(age_s: float, percent: int, wait_s: float) -> None:
    assert compute_wait_s(age_s=age_s, progress_percent=percent) == pytest.approx(wait_s)


def test_where_two_looks_agree_on_the_end_the_next_one_comes_later() -> None:
    seen = {"age_s": 80.0, "progress_percent": 80}
    assert compute_wait_s(**seen, said_before_s=101) == pytest.approx(12)
    assert compute_wait_s(**seen, said_before_s=110) == pytest.approx(8)


def test_progress_in_large_steps_counts_from_the_moment_of_its_last_step() -> None:
    # 75 % after 300 s: the end is to be expected after 400 s, whether or not more steps are told.
    assert compute_wait_s(age_s=390, progress_percent=75, still_s=90) == pytest.approx(4)
    assert compute_wait_s(age_s=399, progress_percent=75, still_s=99) == pytest.approx(1)


def test_progress_that_stands_still_near_its_end_is_looked_at_more_and_more_rarely() -> None:
    waits = [compute_wait_s(age_s=100 + late_s, progress_percent=99, still_s=late_s) for late_s in (2, 20, 50, 5_000)]

    assert waits == sorted(waits)
    assert waits[0] == 1
    assert waits[-1] == 15


def test_what_such_tasks_take_stands_in_for_progress_and_makes_no_look_rarer() -> None:
    assert compute_wait_s(age_s=100, expected_s=105) == pytest.approx(2)
    assert compute_wait_s(age_s=100, expected_s=5_000) == pytest.approx(10)
    assert compute_wait_s(age_s=100, expected_s=90) == pytest.approx(2)


@pytest.mark.parametrize(("tasks", "stretch"), [(1, 1), (1_000, 1), (4_000, 3.2), (10_000, 8), (100_000, 8)])
def test_where_there_are_thousands_each_waits_a_little_longer(tasks: int, stretch: float) -> None:
    assert compute_stretch(tasks) == pytest.approx(stretch)
    assert compute_wait_s(age_s=300, progress_percent=1, tasks=tasks) == pytest.approx(15 * stretch)
    assert compute_wait_s(age_s=99.9, progress_percent=99, tasks=tasks) == pytest.approx(stretch)
    assert compute_wait_s(age_s=1_000, tasks=tasks) == 15  # without progress nobody knows how far it is


def test_no_stretched_wait_reaches_beyond_the_end_that_is_expected() -> None:
    assert compute_wait_s(age_s=80, progress_percent=80, tasks=100_000) == pytest.approx(12)
    assert compute_wait_s(age_s=80, progress_percent=80, said_before_s=101, tasks=100_000) == pytest.approx(18)


@pytest.mark.parametrize(("tasks", "looks_per_s"), [(100, 15), (1_000, 100), (10_000, 270)])
def test_the_looks_of_all_tasks_together_keep_near_the_budget(tasks: int, looks_per_s: float) -> None:
    looks, lived_s = 0, 0.0
    for duration_s in range(10, 600, 20):
        age_s, end_s = pacing.compute_first_pause_s(tasks), None
        while age_s < duration_s:
            percent = int(100 * age_s / duration_s)
            said_before_s, end_s = (
                end_s,
                compute_end_s(age_s=age_s, progress_percent=percent, still_s=0) if percent else None,
            )
            age_s += compute_wait_s(age_s=age_s, progress_percent=percent, said_before_s=said_before_s, tasks=tasks)
            looks += 1
        lived_s += duration_s

    assert looks / lived_s * tasks <= looks_per_s


def test_a_long_list_is_read_more_rarely() -> None:
    assert compute_list_pause_s(2) == compute_list_pause_s(100) == 2.5
    assert compute_list_pause_s(240) == pytest.approx(5)


def test_following_a_task_to_its_end_takes_few_looks_and_sees_it_soon() -> None:
    for duration_s in (10.0, 60.0, 305.0, 600.0):
        age_s, looks, changed_at, before = 0.0, 0, 0.0, 0
        end_s = None
        while age_s < duration_s:
            percent = int(100 * age_s / duration_s)
            changed_at, before = (age_s, percent) if percent != before else (changed_at, before)
            seen = {"age_s": age_s, "progress_percent": percent, "still_s": age_s - changed_at}
            said_before_s, end_s = end_s, compute_end_s(**seen) if percent else None
            age_s += compute_wait_s(**seen, said_before_s=said_before_s)
            looks += 1

        assert age_s - duration_s <= 2.5
        assert looks <= 15 + duration_s / 12


def test_a_bucket_lets_its_rate_pass(clock: list[float]) -> None:
    bucket = TokenBucket(rate=5)

    assert [bucket.take() for _ in range(6)] == [True] * 5 + [False]
    clock[0] += 0.2
    assert [bucket.take(), bucket.take()] == [True, False]


def test_a_paused_bucket_opens_again(clock: list[float]) -> None:
    bucket = pacing.make_bucket(20)
    assert sum(bucket.take() for _ in range(30)) == 3

    bucket.pause(3)
    clock[0] += 2.9
    assert not bucket.take()
    clock[0] += 0.3
    assert bucket.take()


def test_without_a_limit_everything_passes_but_in_a_pause(clock: list[float]) -> None:
    bucket = pacing.make_bucket(0)
    assert all(bucket.take() for _ in range(1_000))

    bucket.pause(3)
    assert not bucket.take()
    clock[0] += 3.1
    assert bucket.take()


def test_no_second_holds_more_calls_than_the_vendor_allows(clock: list[float]) -> None:
    bucket = pacing.make_bucket(20)
    passed: list[float] = []
    for step in range(400):
        clock[0] = 100 + step / 100
        passed += [clock[0]] * bucket.take()

    assert len(passed) > 60
    assert max(sum(start <= moment < start + 1 for moment in passed) for start in passed) <= 20
