"""Who takes part in a run: the people, the one who kills, the one who watches, the one who decides."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.torture.deciding import Decider
from benchmarks.torture.killer import Killer
from benchmarks.torture.people import Crowd, Person, Visits, upload_models
from benchmarks.torture.plan import make_strikes
from benchmarks.torture.stage import Stage
from benchmarks.torture.watcher import Watcher


@dataclass(frozen=True)
class Cast:
    visits: Visits
    crowd: Crowd
    killer: Killer
    watcher: Watcher
    decider: Decider


def call_cast(stage: Stage) -> Cast:
    """Sign everybody in, and bring the models that they will work with."""
    visits = Visits()
    people = [Person(stage.base_url, f"person{number}", visits) for number in range(stage.options.people)]
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(Person.sign_in, people))
    crowd = Crowd(people, upload_models(people[0]))
    killer = Killer(stage, make_strikes(stage.options))
    return Cast(visits, crowd, killer, Watcher(people[0]), Decider(stage, people[1], crowd))
