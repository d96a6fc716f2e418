"""People at their browsers: they sign in, upload, fill in forms, click twice, and send again what got no answer."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from benchmarks.torture.pages import Form, read_forms
from benchmarks.torture.plan import MODELS, Wish
from benchmarks.torture.stage import PASSWORD, SLUG
from tests import made_models

ANSWER_WITHIN_S = 15.0
PATIENCE_S = 60.0
TRY_AGAIN_S = 0.3
ONCE_MORE = "once_more"


class OutOfPatience(Exception):
    """A page did not come for a minute."""


@dataclass
class Sent:
    """What a person knows of a wish: which tasks the answers led to, how many answers never came, and how often the
    page asked whether the very same is wanted once more.
    """

    wish: Wish
    tasks: set[int] = field(default_factory=set)
    posts: int = 0
    lost: int = 0
    asked: int = 0


@dataclass
class Visits:
    """Pages that came back as server errors, by every person."""

    errors: list[str] = field(default_factory=list)
    pages: int = 0
    lost: int = 0

    def note(self, answer: requests.Response) -> requests.Response:
        self.pages += 1
        if answer.status_code >= 500:
            self.errors.append(f"{answer.status_code} {answer.request.method} {urlsplit(answer.url).path}")
        return answer


class Person:
    """One browser with one account."""

    def __init__(self, base_url: str, name: str, visits: Visits) -> None:
        self.base_url = base_url
        self.name = name
        self.visits = visits
        self.session = requests.Session()
        self.session.trust_env = False

    def insist(self, ask: Callable[[], requests.Response]) -> requests.Response:
        """Ask until an answer comes; a person reloads where the server was killed, or says that it is out of order.

        :raises OutOfPatience: after a minute
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                answer = self.visits.note(ask())
                if answer.status_code < 500:
                    return answer
            except requests.RequestException:
                self.visits.lost += 1
            time.sleep(TRY_AGAIN_S)
        raise OutOfPatience(f"{self.name} waited {PATIENCE_S:g} s")

    def open(self, path: str) -> requests.Response:
        return self.insist(
            lambda: self.session.get(f"{self.base_url}{path}", timeout=ANSWER_WITHIN_S, allow_redirects=False)
        )

    def post(self, path: str, values: Mapping[str, Any], **more: Any) -> requests.Response:
        """Send a form once; like a browser, do not follow where it leads.

        :raises requests.RequestException: no answer came
        """
        url = f"{self.base_url}{path}"
        answer = self.session.post(
            url, data=values, timeout=ANSWER_WITHIN_S, allow_redirects=False, headers={"Referer": url}, **more
        )
        return self.visits.note(answer)

    def sign_in(self) -> None:
        path = "/account/login/"
        form = self.open_form(path, "password")
        values = {**form.values, "username": [self.name], "password": [PASSWORD]}
        answer = self.insist(lambda: self.post(path, values))
        assert answer.status_code == 302, answer.text[:2000]

    def open_form(self, path: str, field_name: str) -> Form:
        """Load a page and return the form that has this field."""
        answer = self.open(path)
        found = [form for form in read_forms(answer.text) if field_name in form.values]
        assert found, f"{path} answered {answer.status_code} without a form with {field_name}: {answer.text[:500]}"
        return found[0]

    def upload(self, name: str, content: bytes) -> str:
        """Bring a file into the project and return its number."""
        path = f"/p/{SLUG}/upload/"
        form = self.open_form(path, "csrfmiddlewaretoken")
        token = form.values["csrfmiddlewaretoken"][0]
        answer = self.insist(lambda: self._send_file(path, token, name, content))
        assert answer.status_code == 201, answer.text[:500]
        return answer.json()["files"][0]["url"].rstrip("/").rpartition("/")[2]

    def _send_file(self, path: str, token: str, name: str, content: bytes) -> requests.Response:
        url = f"{self.base_url}{path}"
        answer = self.session.post(
            url,
            data={"csrfmiddlewaretoken": token},
            files={"file": (name, content)},
            headers={"Referer": url, "Accept": "application/json"},
            timeout=ANSWER_WITHIN_S,
        )
        return self.visits.note(answer)

    def wish(self, wish: Wish, models: Mapping[int, str]) -> Sent:
        """Load the form, fill it in and send it until an answer says which task it is."""
        sent = Sent(wish)
        path = f"/p/{SLUG}/new/{wish.operation}/"
        files = {name: models[number] if number is not None else "" for name, number in wish.files.items()}
        for name in [name for name, pk in files.items() if not pk]:
            files[name] = self.upload(f"picture-{wish.number}.png", draw_picture(wish.number))
        form = self.open_form(path, "form_key")
        values = form.values | {name: [value] for name, value in (wish.values | files).items()}
        deadline = time.monotonic() + PATIENCE_S
        clicks = 2 if wish.double_click else 1
        while not sent.tasks and time.monotonic() < deadline:
            with ThreadPoolExecutor(clicks) as fingers:
                going = [fingers.submit(self._click, path, values, sent) for _ in range(clicks)]
            asked = [more for click in going if (more := click.result())]
            clicks = 1
            if asked:
                values |= asked[0]
            elif not sent.tasks:
                time.sleep(TRY_AGAIN_S)
        return sent

    def _click(self, path: str, values: Mapping[str, Any], sent: Sent) -> dict[str, list[str]]:
        """Send the form; return what to add to it where the page asks whether the very same is wanted once more."""
        sent.posts += 1
        try:
            answer = self.post(path, values)
        except requests.RequestException:
            sent.lost += 1
            return {}
        if answer.status_code == 302:
            sent.tasks.add(read_task(answer.headers["Location"]))
        elif answer.status_code == 409:
            sent.asked += 1
            buttons = [button for form in read_forms(answer.text) for button in form.buttons]
            return {name: [value] for name, value in buttons if name == ONCE_MORE}
        elif answer.status_code < 500:
            raise AssertionError(f"{path} answered {answer.status_code}: {read_problem(answer.text)}")
        return {}


def read_task(location: str) -> int:
    return int(location.rstrip("/").rpartition("/")[2])


def read_problem(page: str) -> str:
    """Return what the form's page says is wrong."""
    at = page.find("data-error-summary")
    return " ".join(page[at : at + 800].split()) if at >= 0 else page[:300]


def draw_picture(number: int) -> bytes:
    """Return a picture that no other wish has."""
    return made_models.png(16, 16, (number % 256, number // 256, 77))


def build_model(number: int) -> bytes:
    """Return a cube with a content of its own."""
    document, binary = made_models.cube_document()
    document["asset"]["generator"] = f"torture {number}"
    return made_models.glb(document, binary)


def upload_models(person: Person) -> dict[int, str]:
    return {number: person.upload(f"model-{number}.glb", build_model(number)) for number in range(MODELS)}


class Crowd:
    """Everybody's wishes, spread evenly over the people's time."""

    def __init__(self, people: list[Person], models: Mapping[int, str]) -> None:
        self._people = people
        self._models = models
        self.sent: list[Sent] = []
        self.problems: list[str] = []
        self._lock = threading.Lock()
        self._is_over = threading.Event()

    def work(self, wishes: Iterable[Wish], *, within_s: float) -> None:
        """Return when every wish was sent, or given up."""
        began, waiting = time.monotonic(), list(wishes)
        every_s = within_s / max(1, len(waiting))
        rest = iter(waiting)

        def live(person: Person) -> None:
            while True:
                with self._lock:
                    wish = next(rest, None)
                if wish is None or self._is_over.is_set():
                    return
                time.sleep(max(0.0, began + wish.number * every_s - time.monotonic()))
                self._wish(person, wish)

        with ThreadPoolExecutor(len(self._people)) as pool:
            try:
                list(pool.map(live, self._people))
            finally:
                self._is_over.set()  # who is interrupted does not wait for every wish

    def _wish(self, person: Person, wish: Wish) -> None:
        try:
            sent = person.wish(wish, self._models)
        except (OutOfPatience, AssertionError) as problem:
            with self._lock:
                self.problems.append(f"wish {wish.number}: {problem}"[:600])
            return
        with self._lock:
            self.sent.append(sent)
