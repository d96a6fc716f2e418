"""The plan of faults: the same seed, the same faults; never so many in a row that nothing could ever end."""

import pytest

from sandbox import fault_plan
from sandbox.faults import CREATE, LIST, STATUS, UnknownFault, get_kind


def draw(plan: fault_plan.FaultPlan, kind: str, count: int) -> list[dict[str, float]]:
    return [plan.draw(kind) for _ in range(count)]


def test_the_same_seed_gives_the_same_faults() -> None:
    one, other = fault_plan.make_plan(7, 0.5), fault_plan.make_plan(7, 0.5)

    draw(other, LIST, 30)  # requests of another kind change nothing

    assert draw(one, CREATE, 200) == draw(other, CREATE, 200)
    assert draw(one, CREATE, 200) != draw(fault_plan.make_plan(8, 0.5), CREATE, 200)


def test_the_share_is_kept_and_every_planned_fault_strikes() -> None:
    plan = fault_plan.make_plan(1, 0.2)

    struck = [name for hits in draw(plan, STATUS, 2000) for name in hits if name != "no_retry_after"]

    # "retry_after" and the like only colour another fault
    assert 300 <= len([name for name in struck if name != "retry_after"]) <= 460
    planned = {part.partition("=")[0] for option in fault_plan.PLANNED[STATUS] for part in option.split(",")}
    assert planned - {"no_retry_after"} == set(struck)


def test_even_the_worst_plan_lets_a_request_through() -> None:
    plan = fault_plan.make_plan(1, 1.0)

    assert [bool(hits) for hits in draw(plan, STATUS, 8)] == [True, True, True, False, True, True, True, False]


def test_a_plan_can_be_for_some_kinds_alone() -> None:
    plan = fault_plan.make_plan(1, 1.0, [STATUS])

    assert plan.draw(STATUS)
    assert not plan.draw(CREATE)


def test_the_next_life_has_a_plan_of_its_own_that_follows_from_the_seed() -> None:
    written = fault_plan.make_plan(3, 0.5).write_down()

    second, again = fault_plan.resume(written), fault_plan.resume(written)

    assert second
    assert again
    faults = draw(second, STATUS, 100)
    assert faults == draw(again, STATUS, 100) != draw(fault_plan.make_plan(3, 0.5), STATUS, 100)
    third = fault_plan.resume(second.write_down())
    assert third
    assert draw(third, STATUS, 100) != faults
    assert fault_plan.resume("") is None


def test_every_planned_fault_exists() -> None:
    options = [*fault_plan.FATES, *(option for options in fault_plan.PLANNED.values() for option in options)]

    for option in options:
        for part in option.split(","):
            assert get_kind(part.partition("=")[0])


@pytest.mark.parametrize(("share", "kinds"), [(1.5, None), (-0.1, None), (0.2, ["dinner"]), (0.2, ["delete"])])
def test_a_plan_that_cannot_be_is_refused(share: float, kinds: list[str] | None) -> None:
    with pytest.raises(UnknownFault):
        fault_plan.make_plan(1, share, kinds)
