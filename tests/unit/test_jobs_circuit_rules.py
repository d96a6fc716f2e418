"""When a vendor's circuit opens, how long it stays so, and what closes it."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from jobs.circuit_rules import LONGEST_PAUSE, apply_news, compute_pause
from jobs.models import Circuit
from jobs.vendors.health import News

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def bad(second: float, *, times: int = 1, is_there: bool = True, ask_s: float | None = None) -> News:
    moment = after(second)
    ask_at = None if ask_s is None else moment + timedelta(seconds=ask_s)
    return News(
        failures=times, reason="it answered 503", is_there=is_there, first_at=moment, last_at=moment, ask_at=ask_at
    )


def tell(circuit: Circuit, news: News, *, second: float, is_probe: bool = False) -> str:
    return apply_news(circuit, news, is_probe=is_probe, now=after(second))


def make_open(*, until: float = 15, opened_times: int = 1) -> Circuit:
    return Circuit(
        vendor="meshy", failures=6, opened_at=NOON, open_until=after(until), opened_times=opened_times, reason="x"
    )


def test_six_failures_in_a_row_open_it_for_fifteen_seconds() -> None:
    circuit = Circuit(vendor="meshy")

    changes = [tell(circuit, bad(second), second=second) for second in range(6)]

    assert changes == ["counted"] * 5 + ["opened"]
    assert (circuit.opened_at, circuit.open_until) == (NOON, after(5 + 15))
    assert circuit.reason == "it answered 503"


def test_a_vendor_that_cannot_be_reached_is_left_alone_sooner() -> None:
    circuit = Circuit(vendor="meshy")

    changes = [tell(circuit, bad(second, is_there=False), second=second) for second in (0, 2, 6)]

    assert changes == ["counted", "counted", "opened"]


def test_many_failures_of_one_moment_are_no_outage_yet() -> None:
    circuit = Circuit(vendor="meshy")

    assert tell(circuit, bad(0, times=64, is_there=False), second=0) == "counted"
    assert tell(circuit, bad(4), second=4) == "opened"


def test_a_good_answer_in_between_begins_anew() -> None:
    circuit = Circuit(vendor="meshy")
    for second in range(5):
        tell(circuit, bad(second), second=second)

    change = tell(circuit, News(good_at=after(5)), second=5)

    assert (change, circuit.failures, circuit.opened_at) == ("counted", 0, None)
    assert tell(circuit, bad(6), second=6) == "counted"


def test_rare_failures_are_no_row() -> None:
    circuit = Circuit(vendor="meshy")

    changes = [tell(circuit, bad(minute * 60), second=minute * 60) for minute in range(0, 60, 3)]

    assert set(changes) == {"counted"}
    assert circuit.failures == 1


@pytest.mark.parametrize("seed", range(20))
def test_a_fifth_of_all_calls_failing_does_not_open_it(seed: int) -> None:
    chance = random.Random(seed)
    circuit = Circuit(vendor="meshy")

    for call in range(2_000):  # ten a second
        second = call / 10
        news = bad(second) if chance.random() < 0.2 else News(good_at=after(second))
        tell(circuit, news, second=second)
        assert not circuit.is_open


def test_only_the_probe_that_fails_makes_the_next_pause_longer() -> None:
    circuit = make_open()

    late = tell(circuit, bad(3, times=40), second=3)
    assert (late, circuit.open_until) == ("", after(15))

    probe = tell(circuit, bad(16), second=16, is_probe=True)
    assert (probe, circuit.open_until, circuit.opened_at) == ("opened again", after(16 + 30), NOON)


def test_pauses_grow_from_fifteen_seconds_to_five_minutes() -> None:
    assert [compute_pause(times).total_seconds() for times in range(7)] == [15, 30, 60, 120, 240, 300, 300]
    assert compute_pause(1_000_000) == LONGEST_PAUSE


def test_the_vendor_may_ask_for_a_longer_pause() -> None:
    circuit = Circuit(vendor="meshy")
    for second in range(5):
        tell(circuit, bad(second), second=second)

    tell(circuit, bad(5, ask_s=600), second=5)

    assert circuit.open_until == after(605)


def test_the_first_good_answer_closes_it_whoever_got_it() -> None:
    circuit = make_open(opened_times=4)

    change = tell(circuit, News(good_at=after(10)), second=11)

    assert change == "closed"
    assert (circuit.failures, circuit.opened_times, circuit.opened_at, circuit.open_until) == (0, 0, None, None)


def test_a_good_answer_that_is_told_late_closes_nothing() -> None:
    circuit = make_open()

    assert tell(circuit, News(good_at=after(0)), second=10) == ""
    assert circuit.is_open
