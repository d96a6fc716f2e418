"""The background work: does anybody do it, does something wait too long, is a vendor left alone?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from jobs import circuit, queue
from jobs.doctor.lines import Line, describe_trouble, note, ok, wrong
from jobs.models import Asset, Lease, State, Task
from jobs.owners import PLACE, is_dead
from jobs.sweep import LEASE

SILENCE = timedelta(seconds=30)  # the sweep beats every second
HINT_WAITS = timedelta(minutes=1)
TASK_WAITS = timedelta(minutes=2)


def check_broker() -> Iterator[Line]:
    kind = "Redis" if settings.REDIS_URL else "the database"
    try:
        queue.ping()
    except queue.get_errors() as error:
        what = f"{kind} does not take hints. {describe_trouble(error)}"
        yield wrong("queue", what, "Start Redis or take REDIS_URL away. Nothing is lost: the sweep hints again.")
        return
    yield ok("queue", f"carried by {kind}, {settings.Q_CLUSTER['workers']} worker processes")


def check_worker() -> Iterator[Line]:
    sweep = Lease.objects.filter(name=LEASE).first()
    if sweep is not None and sweep.beat_at > timezone.now() - SILENCE:
        here = "on this machine" if sweep.owner.startswith(PLACE) else "on another machine"
        yield ok("worker", f"alive {here}: the sweep went round {format_age(sweep.beat_at)} ago")
        return
    last = f"since {sweep.beat_at:%Y-%m-%d %H:%M} UTC" if sweep else "and never did"
    now_do = "Start it: make run, or manage.py worker. What waits is done then; nothing is lost."
    yield wrong("worker", f"Nobody does the background work {last}.", now_do)


def check_hints() -> Iterator[Line]:
    try:
        waiting = queue.count_waiting(older_than=timezone.now() - HINT_WAITS)
    except queue.get_errors():  # said above
        yield note("hints", "It is not known how many wait while the queue is away.")
        return
    if waiting:
        now_do = "Start a worker, or more of them (WORKERS)."
        yield wrong("hints", f"{waiting} wait in the queue for more than a minute.", now_do)
    else:
        yield ok("hints", "none waits for more than a minute")


def check_tasks() -> Iterator[Line]:
    now = timezone.now()
    due = Task.objects.filter(state__in=[State.QUEUED, State.SAVING], next_at__lte=now, lease_until=None)
    oldest = due.order_by("next_at").first()
    if oldest is not None and oldest.next_at < now - TASK_WAITS:
        what = f"Task {oldest.pk} has been due for {format_age(oldest.next_at)}; {due.count()} are due."
        yield wrong("waiting tasks", what, "Start a worker, or more of them (WORKERS, DOWNLOADS_AT_ONCE).")
    else:
        queued = Task.objects.filter(state=State.QUEUED).count()
        yield ok("waiting tasks", f"none is overdue; {queued} queued, {count_open()} open")
    yield from check_doubt()
    yield from check_held(now)
    lacking = Asset.objects.filter(preview=Asset.Preview.LACKING).count()
    if lacking:
        yield note("posters", f"{lacking} files wait for Blender.", "Run make setup, then start the worker again.")


def count_open() -> int:
    return Task.objects.filter(state__in=[State.SUBMITTING, State.WAITING, State.RUNNING, State.SAVING]).count()


def check_doubt() -> Iterator[Line]:
    doubt = Task.objects.filter(state=State.UNKNOWN).order_by("state_at")
    if (number := doubt.count()) == 0:
        yield ok("tasks in doubt", "none")
        return
    pks = ", ".join(str(pk) for pk in doubt.values_list("pk", flat=True)[:5])
    now_do = "Most are settled by themselves; where a task's page asks you to decide, do so."
    yield note("tasks in doubt", f"{number}: it is not known what their vendor did ({pks}).", now_do)


def check_held(now: datetime) -> Iterator[Line]:
    """Look for tasks whose holder is dead; the next sweep takes them up."""
    held = Task.objects.filter(lease_until__gt=now).exclude(owner="").values_list("pk", "owner")
    dead = [pk for pk, owner in held if is_dead(owner)]
    if dead:
        pks = ", ".join(map(str, dead[:5]))
        yield note(
            "abandoned tasks", f"{len(dead)} ({pks}): their worker has ended.", "A running worker takes them up."
        )


def check_circuits() -> Iterator[Line]:
    for row in circuit.list_circuits():
        if row.is_paused:
            what = f"{circuit.build_pause_text(row)}{circuit.build_pause_reason(row)}."
            yield note(f"{row.label} pause", what, "Staff end the pause in the admin (Vendors).")
        if row.is_open:
            what = f"{circuit.build_down_text(row)}: it is left alone for a while ({row.reason})."
            yield wrong(f"{row.label} circuit", what, "It comes back by itself. Tasks wait safely.")


def format_age(moment: datetime) -> str:
    seconds = max((timezone.now() - moment).total_seconds(), 0.0)
    for size, word in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds:.0f} s"
