"""What a gallery can be filtered by. Each filter stands in the address and has an index that can lead a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.http import QueryDict

from jobs.formats import IMAGE_FORMATS, MODEL_FORMATS, RESULT_FORMATS
from jobs.models import Asset, Project, SearchWord, Star, Tag, User
from jobs.search import build_vendor_word, split_words
from jobs.vendors import VENDOR_LABELS

TEXT_LIMIT = 100
SORTS = {"": "Newest first", "oldest": "Oldest first", "name": "By name", "size": "Largest first"}
REVIEWS = {str(value): str(label) for value, label in Asset.Review.choices}
KIND_LABELS = {
    Asset.Kind.MODEL: "Models",
    Asset.Kind.IMAGE: "Images",
    Asset.Kind.RENDER: "Renders",
    Asset.Kind.TEXTURE_MAP: "Texture maps",
}


@dataclass(frozen=True)
class Filters:
    """What the address of a gallery asks for; the empty text is no wish."""

    star: str = ""
    tag: str = ""
    pick: str = ""
    review: str = ""
    person: str = ""
    vendor: str = ""
    format: str = ""
    kind: str = ""
    q: str = ""
    sort: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> Filters:
        """Return the wishes of an address; what cannot be one is left out."""
        values = {name: " ".join(query.get(name, "").replace("\0", "").split())[:TEXT_LIMIT] for name in NAMES}
        known = {name: values[name] if values[name] in choices else "" for name, choices in CHOICES.items()}
        if not split_words(values["q"]):
            values["q"] = ""
        return cls(**{**values, **known})

    def list_set(self) -> dict[str, str]:
        """Return the filters that are set, by name, without the sorting."""
        return {name: getattr(self, name) for name in NAMES if name != "sort" and getattr(self, name)}

    def list_facets(self) -> dict[str, str]:
        """Return those of them that are no text."""
        return {name: value for name, value in self.list_set().items() if name != "q"}

    def build_query(self, **changes: str) -> str:
        """Return the address's query with other wishes, with its question mark; a lone one clears all."""
        wanted = replace(self, **changes)
        query = QueryDict(mutable=True)
        query.update({name: getattr(wanted, name) for name in NAMES if getattr(wanted, name)})
        return f"?{query.urlencode()}" if query else "?"


FORMATS = (*MODEL_FORMATS, *sorted(RESULT_FORMATS), *IMAGE_FORMATS)
NAMES = tuple(Filters.__dataclass_fields__)
CHOICES: Mapping[str, Mapping[str, Any] | frozenset[str]] = {
    "star": frozenset({"1"}),
    "pick": frozenset({"1"}),
    "review": REVIEWS,
    "vendor": VENDOR_LABELS,
    "format": frozenset(FORMATS),
    "kind": frozenset(Asset.Kind.values),
    "sort": SORTS,
}


@dataclass(frozen=True)
class Facet:
    """One filter: rows that can lead a list, by which column they name the file, and a condition on files."""

    lead: Callable[[Project, User, Any], QuerySet[Any]]
    narrow: Callable[[User, Any], Q | Exists]
    column: str = "pk"


@dataclass(frozen=True)
class Known:
    """A project's tags and people by their numbers, in the order of their names."""

    tags: Mapping[int, str]
    people: Mapping[int, str]


def get_known(project: Project) -> Known:
    """Read both in one statement."""
    tags = Tag.objects.filter(project=project).order_by().values_list(Value("tag"), "pk", "name")
    people = User.objects.filter(memberships__project=project).order_by()
    rows = list(tags.union(people.values_list(Value("person"), "pk", "username"), all=True))
    rows.sort(key=lambda row: row[2].casefold())
    return Known(*({pk: name for kind, pk, name in rows if kind == wanted} for wanted in ("tag", "person")))


def resolve(known: Known, filters: Filters) -> dict[str, Any]:
    """Return the facets that are set, the rarest first, with numbers for names; 0, which nothing has, for none."""
    wanted: dict[str, Any] = {name: value for name, value in filters.list_set().items() if name in FACETS}
    for name, names in (("tag", known.tags), ("person", known.people)):
        if text := wanted.get(name, "").casefold():
            wanted[name] = next((pk for pk, other in names.items() if other.casefold() == text), 0)
    return {name: wanted[name] for name in FACETS if name in wanted}


def _by_column(column: str) -> Facet:
    return Facet(
        lead=lambda project, user, value: Asset.objects.kept().filter(project=project, **{column: value}),
        narrow=lambda user, value: Q(**{column: value}),
    )


TAGGED = Asset.tags.through.objects
FACETS: Mapping[str, Facet] = {
    "star": Facet(
        lead=lambda project, user, value: Star.objects.filter(user=user),
        narrow=lambda user, value: Exists(Star.objects.filter(user=user, asset=OuterRef("pk"))),
        column="asset_id",
    ),
    "tag": Facet(
        lead=lambda project, user, value: TAGGED.filter(tag_id=value),
        narrow=lambda user, value: Exists(TAGGED.filter(asset_id=OuterRef("pk"), tag_id=value)),
        column="asset_id",
    ),
    "pick": Facet(
        lead=lambda project, user, value: Asset.objects.kept().filter(project=project, picked_at__isnull=False),
        narrow=lambda user, value: Q(picked_at__isnull=False),
    ),
    "review": _by_column("review"),
    "person": _by_column("created_by"),
    "vendor": Facet(
        lead=lambda project, user, value: SearchWord.objects.filter(project=project, word=build_vendor_word(value)),
        narrow=lambda user, value: Q(task__vendor=value),
        column="asset_id",
    ),
    "format": _by_column("format"),
    "kind": _by_column("kind"),
}
