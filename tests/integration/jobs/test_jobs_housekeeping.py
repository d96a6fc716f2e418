"""What stands still goes on, what lies around goes away, what is wanted stays: over rows and files on the disk."""

import io
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from django_q.models import Failure, OrmQ, Success
from django_q.signing import SignedPackage

from jobs import balances, files, housekeeping, leases, lifecycle, queue, sweep
from jobs.housekeeping import rows, storage
from jobs.models import Asset, Lease, Project, State, Task, UploadAttempt, VendorFile
from jobs.reconciling import ASKED
from tests import made_models
from tests.factories import AssetFactory, TaskFactory, UploadAttemptFactory, VendorFileFactory
from tests.integration.jobs.test_jobs_sweep import DEAD, ELSEWHERE, get_hints
from tests.integration.jobs.trip import run_to_saving, start_task
from tests.sandbox_process import SandboxProcess
from tests.stored import get_path, store_cube, store_shown_cube

pytestmark = pytest.mark.django_db
LONG_AGO = 1_000_000
YEAR = timedelta(days=365)


def run(*options: str) -> dict[str, dict[str, Any]]:
    """Run the command and return its findings by key."""
    out = io.StringIO()
    call_command("housekeeping", "--json", *options, stdout=out)
    return {finding["key"]: finding for finding in json.loads(out.getvalue())["findings"]}


def lay_down(content: bytes = b"stray", *, is_old: bool = True) -> Path:
    """Put bytes into the storage as a killed process leaves them: no row refers to them."""
    stored = files.store(io.BytesIO(made_models.png(4, 4) + content), name="stray.png")
    path = get_path(stored.sha256)
    if is_old:
        os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def put_in_queue(step: str, *args: int, taken_s: float | None = None, key: str = "patina") -> OrmQ:
    """Make a queue row: waiting, or taken so many seconds ago."""
    queue.send_now(step, *args)
    row = OrmQ.objects.order_by("pk").last()
    assert row is not None
    now = timezone.now()
    row.lock = now if taken_s is None else now + timedelta(seconds=2_100 - taken_s)
    row.key = key
    row.save()
    return row


def test_an_orderly_house_is_left_alone(project: Project) -> None:
    store_shown_cube(project)
    TaskFactory(state=State.QUEUED, next_at=timezone.now() + timedelta(days=1, hours=1))  # it stands in line
    out = io.StringIO()

    call_command("housekeeping", stdout=out)

    assert out.getvalue() == "Everything is in order.\n"


# --- Rows -------------------------------------------------------------------------------------------------------------


def test_what_a_wrong_clock_put_off_for_years_goes_on() -> None:
    far = timezone.now() + YEAR
    late = TaskFactory(next_at=far)
    told = TaskFactory(state=State.SAVING, hinted_at=far)
    held = TaskFactory(state=State.SUBMITTING, owner=ELSEWHERE, lease_until=far)
    ended = TaskFactory(state=State.FAILED, next_at=far)
    picture = AssetFactory(preview_next_at=far)
    Lease.objects.create(name=sweep.LEASE, owner=ELSEWHERE, until=far)

    found = run()

    assert (found["moments"]["count"], found["leases"]["count"]) == (4, 1)
    sweep.tend(now=timezone.now())
    assert sorted(get_hints()) == sorted([("submit", (late.pk,)), ("save", (told.pk,)), ("submit", (held.pk,))])
    picture.refresh_from_db()
    ended.refresh_from_db()
    assert picture.preview_next_at < far
    assert ended.next_at == far
    assert leases.is_free(sweep.LEASE, now=timezone.now())


def test_a_task_in_doubt_that_waits_for_a_person_is_left_to_wait() -> None:
    far = timezone.now() + YEAR
    task = TaskFactory(state=State.UNKNOWN, error_code=ASKED, next_at=far)

    run()

    task.refresh_from_db()
    assert task.next_at == far


@pytest.mark.parametrize("state", [State.SAVING, State.UNKNOWN, State.SUBMITTING])
def test_what_a_dead_process_held_is_taken_up_before_its_lease_ends(state: State) -> None:
    until = timezone.now() + timedelta(minutes=10)
    task = TaskFactory(state=state, owner=DEAD, lease_until=until, sent_at=timezone.now(), hinted_at=None)

    sweep.tend(now=timezone.now())

    assert get_hints() == [("save" if state == State.SAVING else "submit", (task.pk,))]


def test_uploads_that_ended_with_their_process_are_forgotten() -> None:
    now = timezone.now()
    kept = [VendorFileFactory(), VendorFileFactory(file_key="", owner=ELSEWHERE), VendorFileFactory(file_key="")]
    VendorFileFactory(file_key="", owner=DEAD)
    VendorFileFactory(file_key="", owner=ELSEWHERE, started_at=now - timedelta(hours=1))
    VendorFileFactory(file_key="", started_at=now - timedelta(hours=1))
    VendorFileFactory(expires_at=now - timedelta(days=3))

    assert run()["vendor_files"]["count"] == 4

    assert list(VendorFile.objects.order_by("pk")) == kept


@pytest.mark.parametrize(
    ("make", "is_removed"),
    [
        (lambda task: put_in_queue(queue.SUBMIT, task.pk), False),
        (lambda task: put_in_queue(queue.SUBMIT, task.pk, taken_s=100), False),
        (lambda task: put_in_queue(queue.SUBMIT, task.pk, taken_s=1_500), True),
        (lambda task: put_in_queue(queue.SAVE, 0, taken_s=1), True),
        (lambda task: put_in_queue(queue.PREVIEW, 0, taken_s=1), True),
        (lambda task: put_in_queue(queue.SWEEP, taken_s=30), False),
        (lambda task: put_in_queue(queue.SWEEP, taken_s=90), True),
    ],
    ids=["waiting", "at-work", "too-long", "ended", "made", "sweep", "dead-sweep"],
)
def test_hints_that_nobody_needs_are_removed(make: Callable[[Task], OrmQ], is_removed: bool) -> None:
    row = make(TaskFactory(next_at=timezone.now() + timedelta(hours=1)))

    assert ("queue_rows" in run()) is is_removed

    assert OrmQ.objects.filter(pk=row.pk).exists() is not is_removed


def test_hints_of_another_name_or_key_are_removed_in_time() -> None:
    old = timezone.now() - timedelta(hours=2)
    other = put_in_queue(queue.SWEEP, key="another")
    own = put_in_queue(queue.SWEEP)
    OrmQ.objects.update(lock=old)
    assert queue.count_waiting(older_than=timezone.now()) == 1  # or a watchdog would wait for the other for ever
    unreadable = put_in_queue(queue.SWEEP, taken_s=200)
    OrmQ.objects.filter(pk=unreadable.pk).update(payload="not signed by us")

    assert run()["queue_rows"]["count"] == 2

    assert list(OrmQ.objects.all()) == [own]
    assert other.key == "another"


def test_hints_in_the_database_are_strays_where_redis_carries_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_q.conf import Conf

    put_in_queue(queue.SWEEP)
    OrmQ.objects.update(lock=timezone.now() - timedelta(hours=2))
    monkeypatch.setattr(Conf, "ORM", None)

    assert queue.remove_strays(now=timezone.now()) == 1


def test_what_is_over_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.housekeeping.findings.CHUNK", 2)
    monkeypatch.setattr(queue, "ROWS_AT_ONCE", 2)
    now, old = timezone.now(), timezone.now() - timedelta(days=15)
    for number in range(3):
        for kind, is_good in ((Success, True), (Failure, False)):
            for moment in (old, now):
                kind.objects.create(
                    id=f"{number}{is_good}{moment:%j}",
                    name="x",
                    func="f",
                    started=moment,
                    stopped=moment,
                    success=is_good,
                )
        Session.objects.create(session_key=f"old{number}", session_data="", expire_date=old)
        UploadAttemptFactory(at=old)
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(days=1))
    UploadAttemptFactory()
    Lease.objects.create(name="uploads:of-a-key-of-old", until=now - YEAR, beat_at=now - YEAR)
    Lease.objects.create(name="places:meshy", until=now - YEAR, beat_at=now - YEAR)

    found = run()

    assert (found["queue_results"]["count"], found["old_rows"]["count"], found["leases"]["count"]) == (6, 6, 1)
    assert (Success.objects.count(), Failure.objects.count(), Session.objects.count()) == (3, 3, 1)
    assert (UploadAttempt.objects.count(), Lease.objects.filter(name="places:meshy").count()) == (1, 1)


def test_a_step_that_fails_again_and_again_does_not_fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "RESULTS_MAX", 3)
    now = timezone.now()
    for number in range(5):
        at = now - timedelta(seconds=number)
        Failure.objects.create(id=f"{number}", name="x", func="f", started=at, stopped=at, success=False)

    assert run()["queue_results"]["count"] == 2

    assert set(Failure.objects.values_list("id", flat=True)) == {"0", "1", "2"}


def test_a_task_that_saves_for_long_is_listed() -> None:
    slow = TaskFactory(state=State.SAVING, state_at=timezone.now() - timedelta(hours=2))
    TaskFactory(state=State.SAVING)

    finding = run()["saving_long"]

    assert (finding["count"], finding["mended"], finding["examples"]) == (1, False, [str(slow.pk)])


def test_the_sweep_asks_for_housekeeping_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "HOUSEKEEPING_AFTER_S", 0.0)

    sweep.sweep(life_s=0.3)
    sweep.sweep(life_s=0.3)

    assert [step for step, _ in get_hints()].count("housekeep") == 1


def test_one_process_keeps_house_and_walks_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[object] = []
    monkeypatch.setattr(housekeeping, "walk", lambda **options: walks.append(options) or [])
    Lease.objects.create(name=housekeeping.LEASE, owner=ELSEWHERE, until=timezone.now() + timedelta(hours=1))

    lifecycle.housekeep()
    assert walks == []
    Lease.objects.all().delete()
    lifecycle.housekeep()
    lifecycle.housekeep()

    assert len(walks) == 1


# --- The storage ------------------------------------------------------------------------------------------------------


def test_files_without_a_row_are_listed_and_deleted_when_told_so(project: Project) -> None:
    used = get_path(store_shown_cube(project).sha256)
    os.utime(used, (LONG_AGO, LONG_AGO))
    stray, fresh = lay_down(b"old"), lay_down(b"new", is_old=False)
    size = stray.stat().st_size

    listed = run()["strays"]
    assert (listed["count"], listed["size_bytes"], listed["mended"]) == (1, size, False)
    assert stray.exists()
    deleted = run("--delete-unreferenced")["strays"]

    assert (deleted["count"], deleted["size_bytes"], deleted["examples"]) == (1, size, [stray.name])
    assert [path.exists() for path in (stray, used, fresh)] == [False, True, True]


def test_bytes_that_are_stored_again_in_the_last_moment_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    path = lay_down()
    content = path.read_bytes()

    def store_now(sha256: str) -> bool:  # after it was taken aside
        files.store(io.BytesIO(content), name="again.png")
        return False

    monkeypatch.setattr(storage, "is_referenced", store_now)
    run("--delete-unreferenced")
    assert path.read_bytes() == content

    os.utime(path, (LONG_AGO, LONG_AGO))
    find = storage.find_strays

    def store_then(hashes: set[str], **options: Any) -> list[storage.Stray]:  # before it is taken aside
        found = list(find(hashes, **options))
        files.store(io.BytesIO(content), name="again.png")
        return found

    monkeypatch.setattr(storage, "find_strays", store_then)
    run("--delete-unreferenced")
    assert path.read_bytes() == content


def test_a_file_whose_row_comes_in_the_last_moment_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    path = lay_down()
    find = storage.find_strays

    def add_row(hashes: set[str], **options: Any) -> list[storage.Stray]:
        found = list(find(hashes, **options))
        AssetFactory(poster_sha256=path.name, sha256=path.name)
        return found

    monkeypatch.setattr(storage, "find_strays", add_row)

    assert run("--delete-unreferenced")["strays"]["count"] == 0

    assert path.exists()


def test_a_deletion_that_was_killed_loses_nothing(project: Project) -> None:
    asset = store_cube(project, preview=Asset.Preview.FAILED)
    path = get_path(asset.sha256)
    path.rename(path.with_name(f"{path.name}{storage.DOOMED}"))

    assert run() == {}

    assert path.exists()


def test_two_at_once_do_no_harm() -> None:
    path = lay_down()

    assert storage.delete_stray(path.name, now=timezone.now()) is True
    assert storage.delete_stray(path.name, now=timezone.now()) is False


def test_lost_posters_and_light_models_are_made_again(project: Project) -> None:
    asset = store_shown_cube(project)
    poster = get_path(asset.poster_sha256)
    poster.unlink()

    assert storage.walk(now=timezone.now(), mend=False)[0].is_mended is False
    assert run()["previews"]["examples"] == [str(asset.pk)]

    asset.refresh_from_db()
    assert (asset.preview, asset.poster_sha256) == (Asset.Preview.WAITING, "")
    assert asset.light_sha256 == asset.sha256


def test_lost_originals_are_listed_and_never_changed(project: Project) -> None:
    task = TaskFactory(project=project, state=State.SUCCEEDED)
    upload = store_shown_cube(project)
    result = AssetFactory(project=project, task=task, output_key="model", preview=Asset.Preview.FAILED)
    get_path(upload.sha256).unlink()
    before = list(Asset.objects.order_by("pk").values())

    found = run()

    assert found["lost_uploads"]["examples"] == [str(upload.pk)]
    assert found["lost_results"]["examples"] == [str(result.pk)]
    assert not found["lost_uploads"]["mended"]
    assert not found["lost_results"]["mended"]
    assert list(Asset.objects.order_by("pk").values()) == before


def test_results_that_were_lost_are_fetched_again(sandbox: SandboxProcess, project: Project) -> None:
    task = run_to_saving(start_task(project, marker="again"))
    lifecycle.save(task.pk)
    output = task.outputs.get()
    get_path(output.sha256).unlink()

    assert run("--fetch-again")["fetched"]["count"] == 1

    assert get_path(output.sha256).exists()
    assert "lost_results" not in run()


def test_an_object_store_is_listed_but_not_cleared(project: Project, settings) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "tests.integration.jobs.old_storage.OldStorage"}}
    stored = files.store(io.BytesIO(made_models.png(4, 4)), name="stray.png")

    found = run("--delete-unreferenced")["strays"]

    assert (found["count"], found["mended"]) == (1, False)
    assert "object store" in found["now_do"]
    with files.open_file(stored.sha256) as stream:
        assert stream.read(4) == b"\x89PNG"


def test_rows_are_decoded_as_hints() -> None:
    row = put_in_queue(queue.SAVE, 7, taken_s=5)

    [hint] = queue.list_taken(now=timezone.now())

    assert SignedPackage.loads(row.payload)["args"] == (7,)
    assert (hint.pk, hint.step, hint.row) == (row.pk, queue.SAVE, 7)
    assert rows.is_spent(hint, now=timezone.now())


def test_asking_for_balances_is_forgotten_with_its_worker_and_not_before() -> None:
    put_in_queue(queue.BALANCES, taken_s=5)
    [hint] = queue.list_taken(now=timezone.now())

    assert leases.take(balances.LEASE, seconds=60)
    assert not rows.is_spent(hint, now=timezone.now())
    leases.release(balances.LEASE)
    assert rows.is_spent(hint, now=timezone.now())
