"""What is done with tasks that were chosen on a list: dismissing them, giving them up, running them again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from dashboard import access
from dashboard.paging import is_moment
from dashboard.pickers import read_number
from dashboard.task_choices import CHOSEN_MAX, NEEDS, Choice, add_up, build_choices, list_chosen
from dashboard.task_list import with_details
from dashboard.views.task_lists import find_in_project, find_mine
from dashboard.views.task_starting import Starter
from jobs import dismissals, lifecycle
from jobs.models import REFUSALS, Group, State, Task, User

WAITS_HERE = (State.QUEUED, State.UNKNOWN)


@require_http_methods(["GET", "HEAD", "POST"])
def chosen(request: HttpRequest) -> HttpResponse:
    """Ask about the chosen tasks, and do it when the answer comes."""
    user = access.get_user(request)
    query = request.POST if request.method == "POST" else request.GET
    act, is_all = read_act(query)
    if act == "dismiss":
        return dismiss_chosen(request, user, is_all=is_all) if request.method == "POST" else redirect("tasks")
    if request.method == "POST" and "confirmed" not in query:
        return redirect(f"{reverse('tasks-chosen')}?{build_question(request)}")
    choices = build_choices(find_chosen(user, query, is_all=is_all), act, user=user)
    check_any(choices, act)
    if request.method == "POST":
        return do(request, act, [choice for choice in choices if not choice.obstacle], user=user)
    return ask(request, act, choices, user=user)


def read_act(query: QueryDict) -> tuple[str, bool]:
    """Return what is to be done, and whether with all tasks of the list; only what costs nothing is done with all.

    :raises Http404: for anything else
    """
    act, _, scope = query.get("act", "").partition("-")
    if act not in NEEDS or scope not in ("", "all") or (scope and act == "again"):
        raise Http404
    return act, bool(scope)


def find_chosen(user: User, query: QueryDict, *, is_all: bool) -> list[Any]:
    """Return the tasks that were ticked, or the first that wait here of all that a list's filters leave."""
    if not is_all:
        return list_chosen(user, query)
    return list(with_details(find_listed(user, query).filter(state__in=WAITS_HERE))[:CHOSEN_MAX])


def find_listed(user: User, query: QueryDict) -> QuerySet[Task]:
    """Return all the tasks of the list that the person came from, with its filters."""
    where = QueryDict(query.get("where", ""))
    slug = query.get("of", "")
    found = find_in_project(user, access.get_project(user, slug), where) if slug else find_mine(user, where)
    return found.qs.filter(project__in=found.editable)


def build_question(request: HttpRequest) -> str:
    """Return the query of the page that asks: what was chosen, and where to go back to."""
    kept = {name: request.POST.getlist(name) for name in ("act", "task", "of", "where") if name in request.POST}
    return urlencode({**kept, "next": [get_way_back(request)]}, doseq=True)


def check_any(choices: list[Choice], act: str) -> None:
    """Refuse who may do it with none of the tasks, as their own pages do.

    :raises PermissionDenied: with a sentence for the person
    """
    if choices and not any(choice.row.may_change for choice in choices):
        raise PermissionDenied(REFUSALS[NEEDS[act]])


def ask(request: HttpRequest, act: str, choices: list[Choice], *, user: User) -> HttpResponse:
    if act == "again":
        choices = Starter(user).look(choices)
    possible = [choice for choice in choices if not choice.obstacle]
    context = {
        "section": "tasks",
        "act": act,
        "choices": possible,
        "left_out": [choice for choice in choices if choice.obstacle],
        "totals": add_up(possible) if act == "again" else [],
        "in_doubt": sum(choice.task.state == State.UNKNOWN for choice in possible),
        "is_limit": len(choices) == CHOSEN_MAX,
        "form_key": get_random_string(32),
        "known": Task.objects.filter(created_by=user).aggregate(newest=Max("pk"))["newest"] or 0,
        "next": get_way_back(request),
    }
    return render(request, "tasks/chosen.html", context)


def do(request: HttpRequest, act: str, choices: list[Choice], *, user: User) -> HttpResponse:
    if act == "cancel":
        done = sum(lifecycle.cancel_task(choice.task, actor=user) for choice in choices)
        say(request, done, len(choices), "given up", "left: meanwhile they went to their vendor")
    else:
        starter = Starter(
            user, form_key=request.POST.get("form_key", ""), known=read_number(request.POST.get("known", ""))
        )
        done = starter.start([choice.task for choice in choices])
        say(request, done, len(choices), "started again", "not: the same was started a moment ago, or a file is gone")
    return redirect(get_way_back(request))


def say(request: HttpRequest, done: int, wanted: int, what: str, otherwise: str) -> None:
    rest = f" {wanted - done} {otherwise}." if done < wanted else ""
    text = f"{count(done)} {what}.{rest}"
    (messages.success if done else messages.warning)(request, text)


def count(number: int) -> str:
    return f"{number:,} task{'' if number == 1 else 's'}"


def dismiss_chosen(request: HttpRequest, user: User, *, is_all: bool) -> HttpResponse:
    if is_all:
        tasks = find_listed(user, request.POST).filter(group=Group.ATTENTION)
    else:
        choices = build_choices(list_chosen(user, request.POST), "dismiss", user=user)
        check_any(choices, "dismiss")
        tasks = Task.objects.filter(pk__in=[choice.task.pk for choice in choices if not choice.obstacle])
    now = timezone.now()
    done = dismissals.dismiss(tasks, actor=user, now=now)
    tell_dismissed(request, done, now)
    return redirect(get_way_back(request))


def tell_dismissed(request: HttpRequest, done: int, now: datetime) -> None:
    if not done:
        messages.info(request, "None of them can be dismissed: only what failed or expired, as long as it is listed.")
        return
    undo = f"{reverse('tasks-undismiss')}?{urlencode({'at': now.isoformat()})}"
    messages.success(request, f"{count(done)} dismissed.", extra_tags=undo)


@require_POST
def undismiss(request: HttpRequest) -> HttpResponse:
    """Undo what the person dismissed in one go, at the moment in the address."""
    user = access.get_user(request)
    try:
        moment = parse_datetime(request.GET.get("at", ""))
    except ValueError:
        moment = None
    back = 0
    if moment is not None and is_moment(moment):
        back = dismissals.restore_at(moment, actor=user, projects=access.list_pks_for(user, "edit"))
    messages.success(request, f"{count(back)} listed again." if back else "There is nothing to bring back.")
    return redirect(get_way_back(request))


@require_POST
def dismiss_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an ended task from what needs attention."""
    user, now = access.get_user(request), timezone.now()
    access.check(user, access.get_task(user, pk).project, "edit")
    tell_dismissed(request, dismissals.dismiss(Task.objects.filter(pk=pk), actor=user, now=now), now)
    return redirect(get_way_back(request))


@require_POST
def undismiss_one(request: HttpRequest, pk: int) -> HttpResponse:
    user = access.get_user(request)
    access.check(user, access.get_task(user, pk).project, "edit")
    dismissals.restore(Task.objects.filter(pk=pk))
    messages.success(request, "It is listed again among what needs attention.")
    return redirect(get_way_back(request))


def get_way_back(request: HttpRequest) -> str:
    """Return the page that the person came from, as the form or the browser tells it; the list of tasks without."""
    said = request.POST.get("next") or request.GET.get("next") or request.headers.get("Referer", "")
    allowed = url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=request.is_secure())
    return said if allowed and said.startswith(("/", "http:", "https:")) else reverse("tasks")
