"""Finds files and tasks by the words of their names, prompts, tags and people.

Each file and task has its words as rows (`SearchWord`), so that a look costs the same among a hundred files as among a
hundred thousand: it reads at most `LISTED` numbers for each word that begins as typed, the newest first, and says how
far back it came. `index_assets` and `index_tasks` write the words; whoever changes a name or a tag calls them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection, transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from jobs.models import Asset, SearchWord, Task, User

WORD_MAX_LENGTH = 40
WORDS_PER_THING = 80
TYPED_AT_MOST = 5  # words of a question that are looked at
BEGINNINGS = 8  # known words that one typed word is completed to, in each project
LISTED = 300  # numbers read for each of them
CANDIDATES = 1_000
BATCH = 500
LOOKED_BACK = 2_000  # files that housekeeping looks at, the newest ones
END_OF_WORDS = "\U0010ffff"  # sorts behind every letter

Thing = Literal["asset", "task"]


def split_words(text: str) -> list[str]:
    """Return the words of a text in small letters without accents, each once, in their order."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    words = re.findall(r"[^\W_]+", plain.casefold())
    return list(dict.fromkeys(word[:WORD_MAX_LENGTH] for word in words))


# --- Writing ---------------------------------------------------------------------------------------------------------


def index_new_asset(asset: Asset) -> None:
    """Write the words of a file that was made just now, and has no tags yet."""
    words = list_asset_words(asset, tags=())
    rows = [SearchWord(project_id=asset.project_id, asset_id=asset.pk, word=word) for word in words]
    SearchWord.objects.bulk_create(rows, ignore_conflicts=True)


def index_new_task(task: Task) -> None:
    """Write the words of a task that was made just now."""
    rows = [SearchWord(project_id=task.project_id, task_id=task.pk, word=word) for word in list_task_words(task)]
    SearchWord.objects.bulk_create(rows, ignore_conflicts=True)


def index_assets(pks: Collection[int]) -> None:
    """Write the words of files that have another name or other tags, or may have none yet."""
    assets = Asset.objects.filter(pk__in=pks).select_related("created_by", "task").prefetch_related("tags")
    _write("asset", {asset.pk: (asset.project_id, _list_words(asset)) for asset in assets})


def index_tasks(pks: Collection[int]) -> None:
    tasks = Task.objects.filter(pk__in=pks).select_related("created_by").prefetch_related("inputs")
    _write("task", {task.pk: (task.project_id, list_task_words(task)) for task in tasks})


def _list_words(asset: Asset) -> list[str]:
    return list_asset_words(asset, tags=[tag.name for tag in asset.tags.all()])


def list_asset_words(asset: Asset, *, tags: Iterable[str]) -> list[str]:
    texts = [asset.name, asset.label, asset.style, asset.format, *tags]
    texts += _list_people(asset)
    if asset.task:
        texts += [*_list_prompts(asset.task), asset.task.spec.label, asset.task.vendor]
    words = split_words(" ".join(texts))[:WORDS_PER_THING]
    return [*words, build_vendor_word(asset.task.vendor)] if asset.task else words


def list_task_words(task: Task) -> list[str]:
    texts = [task.spec.label, task.vendor, *_list_people(task), *(asset.name for asset in task.inputs.all())]
    return split_words(" ".join([*texts, *_list_prompts(task)]))[:WORDS_PER_THING]


def build_vendor_word(vendor: str) -> str:
    """Return the word that all files made at a vendor have, and that nobody can type: no word holds a colon."""
    return f"vendor:{vendor}"


def _list_people(thing: Asset | Task) -> list[str]:
    person = thing.created_by
    return [person.username, person.get_full_name()] if person else []


def _list_prompts(task: Task) -> list[str]:
    return [str(task.params.get(name) or "") for name in task.spec.prompt_fields]


def _write(thing: Thing, wanted: dict[int, tuple[int, list[str]]]) -> None:
    """Make the words of these things what they are to be."""
    column = f"{thing}_id"
    with transaction.atomic():
        known = SearchWord.objects.filter(**{f"{column}__in": wanted})
        stale, kept = [], set()
        for pk, owner, word in known.values_list("pk", column, "word"):
            if word in wanted[owner][1]:
                kept.add((owner, word))
            else:
                stale.append(pk)
        SearchWord.objects.filter(pk__in=stale).delete()
        rows = (
            SearchWord(project_id=project, word=word, **{column: pk})
            for pk, (project, words) in wanted.items()
            for word in words
            if (pk, word) not in kept
        )
        SearchWord.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def index_everything() -> Iterator[tuple[str, int]]:
    """Write the words of all files and tasks; say after each batch of which kind how many are done."""
    for name, rows, write in (("files", Asset.objects, index_assets), ("tasks", Task.objects, index_tasks)):
        done = 0
        for count in _write_in_batches(rows.all(), write):
            done += count
            yield name, done


def _write_in_batches(rows: QuerySet[Any], write: Callable[[Collection[int]], None]) -> Iterator[int]:
    """Write the words of these rows in the order of their numbers; give the size of each batch."""
    last = 0
    while pks := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        write(pks)
        last = pks[-1]
        yield len(pks)


def index_forgotten() -> int:
    """Write the words of new files that have none, and of all where there are none at all; return of how many."""
    if not SearchWord.objects.exists():
        return sum(dict(index_everything()).values())  # the last count of each kind
    newest = Asset.objects.aggregate(pk=Max("pk"))["pk"] or 0
    wordless = ~Exists(SearchWord.objects.filter(asset=OuterRef("pk")))
    pks = list(Asset.objects.filter(wordless, pk__gt=newest - LOOKED_BACK).values_list("pk", flat=True))
    index_assets(pks)
    return len(pks)


def index_renamed() -> int:
    """Write the words of the files and tasks of people who have another name now; return of how many."""
    names = Concat("username", Value(" "), "first_name", Value(" "), "last_name")
    written = 0
    for person in User.objects.annotate(names=names).exclude(found_as=F("names")):
        for rows, write in ((Asset.objects, index_assets), (Task.objects, index_tasks)):
            theirs = rows.filter(created_by=person)
            written += sum(_write_in_batches(theirs, write))
        User.objects.filter(pk=person.pk).update(found_as=person.names)
    return written


# --- Finding ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """Numbers of files or tasks that may hold every word; `narrow` leaves those that do."""

    pks: tuple[int, ...]
    words: tuple[str, ...]
    reached: int | None = None  # nothing beyond this number was looked at; None: everything was
    is_cut: bool = False  # more words begin as typed than were looked at


def find(
    thing: Thing, projects: Sequence[int], text: str, *, beyond: int | None = None, oldest_first: bool = False
) -> Found | None:
    """Return what may hold every word of the text: at most `CANDIDATES`, from `beyond` on. None: the text has no word.

    The last letters of each word may be missing. The word with the fewest hits leads.
    """
    words = tuple(split_words(text)[:TYPED_AT_MOST])
    if not words:
        return None
    lists = _read_lists(thing, projects, words, beyond, oldest_first) if projects else []
    hits = [_Hits.of([item for item in lists if item[0] == number], oldest_first) for number in range(len(words))]
    lead = min(hits, key=lambda item: (item.is_open, len(item.pks)))
    pks = [pk for pk in lead.pks if all(item.may_hold(pk, oldest_first) for item in hits)]
    reached = lead.edge
    if len(pks) > CANDIDATES:
        pks, reached = pks[:CANDIDATES], pks[CANDIDATES - 1]
    return Found(tuple(pks), words, reached, any(item.is_cut for item in hits))


def narrow(rows: QuerySet, thing: Thing, found: Found) -> QuerySet:
    """Leave those of `rows` that hold every word."""
    rows = rows.filter(pk__in=found.pks)
    for word in found.words:
        begins = Q(word__gte=word, word__lt=word + END_OF_WORDS)
        rows = rows.filter(Exists(SearchWord.objects.filter(begins, **{thing: OuterRef("pk")})))
    return rows


@dataclass(frozen=True)
class _Hits:
    """What one typed word was found in, as far as was looked."""

    pks: list[int]
    members: frozenset[int]
    edge: int | None
    is_cut: bool

    @classmethod
    def of(cls, lists: list[tuple[int, list[int], bool]], oldest_first: bool) -> _Hits:
        pks = sorted({pk for _, listed, _ in lists for pk in listed}, reverse=not oldest_first)
        full = [listed[-1] for _, listed, _ in lists if len(listed) >= LISTED]
        edge = (min(full) if oldest_first else max(full)) if full else None
        if edge is not None:
            pks = [pk for pk in pks if (pk <= edge if oldest_first else pk >= edge)]
        return cls(pks, frozenset(pks), edge, any(is_last for _, _, is_last in lists))

    @property
    def is_open(self) -> bool:
        return self.edge is not None

    def may_hold(self, pk: int, oldest_first: bool) -> bool:
        """Return whether the word is in the thing, or it lies beyond what was looked at."""
        if self.is_cut or pk in self.members:
            return True
        return self.edge is not None and (pk > self.edge if oldest_first else pk < self.edge)


def _read_lists(
    thing: Thing, projects: Sequence[int], words: Sequence[str], beyond: int | None, oldest_first: bool
) -> list[tuple[int, list[int], bool]]:
    """Return for each typed word and each known word that begins so: its number, what holds it, whether it is the last.

    Known words are found one from the other (the smallest one behind the last), never by reading all their rows.
    """
    table = SearchWord._meta.db_table
    only = "AND s.asset_id IS NULL" if thing == "task" else ""
    sign, way = (">", "ASC") if oldest_first else ("<", "DESC")
    start = beyond if beyond is not None else (0 if oldest_first else 2**62)
    collect = "json_agg" if connection.vendor == "postgresql" else "json_group_array"
    typed = ", ".join(["(%s, %s, %s)"] * len(words))
    own = ", ".join(["(%s)"] * len(projects))
    statement = f"""
        WITH RECURSIVE typed(number, low, high) AS (VALUES {typed}), own(project) AS (VALUES {own}),
        known(number, project, word, high, depth) AS (
            SELECT number, project, (
                SELECT MIN(s.word) FROM {table} s
                WHERE s.project_id = own.project AND s.word >= typed.low AND s.word < typed.high
            ), high, 1 FROM typed CROSS JOIN own
            UNION ALL
            SELECT number, project, (
                SELECT MIN(s.word) FROM {table} s
                WHERE s.project_id = known.project AND s.word > known.word AND s.word < known.high
            ), high, depth + 1 FROM known WHERE word IS NOT NULL AND depth < {BEGINNINGS}
        )
        SELECT number, (
            SELECT {collect}(listed.pk) FROM (
                SELECT s.{thing}_id AS pk FROM {table} s
                WHERE s.project_id = known.project AND s.word = known.word {only} AND s.{thing}_id {sign} %s
                ORDER BY s.{thing}_id {way} LIMIT {LISTED}
            ) listed
        ), depth FROM known WHERE word IS NOT NULL
    """  # noqa: S608 (names and numbers of our own)
    bounds: list[Any] = []
    for number, word in enumerate(words):
        bounds += [number, word, word + END_OF_WORDS]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*bounds, *projects, start])
        return [(number, _read_json(listed), depth == BEGINNINGS) for number, listed, depth in cursor.fetchall()]


def _read_json(value: Any) -> list[int]:
    return (json.loads(value) if isinstance(value, str) else value) or []
