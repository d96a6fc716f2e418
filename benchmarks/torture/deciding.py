"""What a person does about a task in doubt: looks at its page and into the vendor's account, then decides there."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import requests

from benchmarks.torture.marks import get_marks, read_mark
from benchmarks.torture.pages import Form, read_forms
from benchmarks.torture.people import Crowd, OutOfPatience, Person
from benchmarks.torture.stage import Stage

CANDIDATES = "/adopt/"
SEND_AGAIN = "/send-again/"
GIVE_UP = "/cancel/"
# In doubt, with a note that names the choices.
ASKED = "SELECT id, order_id FROM jobs_task WHERE state = 'unknown' AND remote_id IS NULL AND note LIKE ? ORDER BY id"
CHOICES = "%or give up%"


class Decider:
    """`made` counts the decisions; every third task that the vendor does not have is given up."""

    def __init__(self, stage: Stage, person: Person, crowd: Crowd) -> None:
        self._stage = stage
        self._person = person
        self._crowd = crowd
        self.made: Counter[str] = Counter()
        self._absent = 0

    def decide(self) -> None:
        """Decide about every task whose page asks for it."""
        wishes = {task: one.wish for one in self._crowd.sent for task in one.tasks}
        for task, order_id in self._stage.query(ASKED, CHOICES):
            if task in wishes:
                try:
                    self._decide(task, get_marks(wishes[task], order_id))
                except (OutOfPatience, requests.RequestException):
                    continue  # the next round asks again

    def _decide(self, task: int, marks: set[str]) -> None:
        forms = read_forms(self._person.open(f"/tasks/{task}/").text)
        shown = {value for form in forms for name, value in form.buttons if name == "remote_id"}
        known = {row[0] for row in self._stage.query("SELECT remote_id FROM jobs_task WHERE remote_id IS NOT NULL")}
        free = [item["id"] for item in self._stage.read_vendor("tasks") if self._is_free(item, marks, known)]
        if free:
            chosen = next((item for item in free if item in shown), free[0])
            self._send(task, forms, CANDIDATES, {"remote_id": [chosen]})
            self.made["adopted one that was shown" if chosen in shown else "adopted one by its ID"] += 1
            return
        self._absent += 1
        if self._absent % 3 == 0:
            self._send(task, forms, GIVE_UP, {})
            self.made["given up"] += 1
        else:
            self._send(task, forms, SEND_AGAIN, {})
            self.made["sent again"] += 1

    def _is_free(self, item: Mapping[str, Any], marks: set[str], known: set[str]) -> bool:
        return item["id"] not in known and read_mark(item, self._stage.vendor_files) in marks

    def _send(self, task: int, forms: list[Form], ending: str, values: dict[str, Any]) -> None:
        form = next((form for form in forms if form.action.endswith(ending)), None)
        if form is None:
            return  # meanwhile it became clear by itself
        token = {"csrfmiddlewaretoken": form.values["csrfmiddlewaretoken"]}
        self._person.insist(lambda: self._person.post(form.action, {**token, **values}))
