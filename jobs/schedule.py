"""Who is asked about next: a heap of moments in memory, by the monotonic clock. The rows know none of it."""

import heapq
import itertools


class Agenda:
    """The next moment of each task; a task that is put again has the later word's moment."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int]] = []
        self._moments: dict[int, float] = {}
        self._count = itertools.count()

    def __len__(self) -> int:
        return len(self._moments)

    def put(self, pk: int, moment: float) -> None:
        self._moments[pk] = moment
        heapq.heappush(self._heap, (moment, next(self._count), pk))

    def put_sooner(self, pk: int, moment: float) -> None:
        """Move a task up; one that is not here (it is being asked about) stays away."""
        if self._moments.get(pk, moment) > moment:
            self.put(pk, moment)

    def drop(self, pk: int) -> None:
        self._moments.pop(pk, None)

    def pop_due(self, now: float) -> tuple[int, float] | None:
        """Take out the task that is longest overdue, with its moment; None where none is due."""
        if self._find_first() is None or self._heap[0][0] > now:
            return None
        moment, _, pk = heapq.heappop(self._heap)
        del self._moments[pk]
        return pk, moment

    def get_next(self) -> float | None:
        """Return the moment of the first task."""
        return self._find_first()

    def _find_first(self) -> float | None:
        while self._heap:
            moment, _, pk = self._heap[0]
            if self._moments.get(pk) == moment:
                return moment
            heapq.heappop(self._heap)  # it was put anew or dropped
        return None
