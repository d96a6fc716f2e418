"""The heap of moments: who is due comes out once, the longest overdue first, whatever was put before."""

from jobs.schedule import Agenda


def pop_all(agenda: Agenda, now: float) -> list[int]:
    found = []
    while (due := agenda.pop_due(now)) is not None:
        found.append(due[0])
    return found


def test_the_longest_overdue_comes_first_and_each_once() -> None:
    agenda = Agenda()
    for pk, moment in [(1, 5.0), (2, 3.0), (3, 9.0), (4, 3.5)]:
        agenda.put(pk, moment)

    assert agenda.get_next() == 3.0
    assert pop_all(agenda, 6.0) == [2, 4, 1]
    assert agenda.get_next() == 9.0


def test_the_last_word_counts() -> None:
    agenda = Agenda()
    agenda.put(1, 5.0)
    agenda.put(1, 50.0)
    agenda.put(2, 60.0)
    agenda.put_sooner(2, 7.0)
    agenda.put_sooner(2, 8.0)

    assert pop_all(agenda, 10.0) == [2]
    assert pop_all(agenda, 100.0) == [1]


def test_what_is_dropped_does_not_come() -> None:
    agenda = Agenda()
    agenda.put(1, 1.0)
    agenda.drop(1)
    agenda.put_sooner(1, 1.0)  # it is not here: it is being asked about, or is followed no more

    assert pop_all(agenda, 10.0) == []
    assert (len(agenda), agenda.get_next()) == (0, None)
