"""A project's tags: words that the team puts on files to find them again."""

from __future__ import annotations

from collections.abc import Collection

from django.db import IntegrityError, transaction

from jobs import search
from jobs.models import Asset, Project, Tag

NAME_MAX_LENGTH = 40
TAGS_PER_PROJECT = 500
TAGGED = Asset.tags.through


class TagRefused(Exception):
    """Why a tag cannot be, in a sentence for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def clean_name(text: str) -> str:
    """Return the tag that a person typed, with its spaces evened.

    :raises TagRefused: when it is empty, too long or no text
    """
    name = " ".join(text.split()).lstrip("#").strip()
    if not name:
        raise TagRefused("A tag needs a name.")
    if len(name) > NAME_MAX_LENGTH:
        raise TagRefused(f"A tag has {NAME_MAX_LENGTH} characters at most. This one has {len(name)}.")
    if not name.isprintable() or "," in name:
        raise TagRefused("A tag is one word or a few, without commas.")
    return name


def add_tag(project: Project, assets: Collection[Asset], name: str) -> Tag:
    """Put a tag on files of the project; a tag of that name in other letters' sizes is the same one.

    :raises TagRefused: when there can be no such tag
    """
    name = clean_name(name)
    with transaction.atomic():
        tag = _get_or_make(project, name)
        rows = [TAGGED(asset_id=asset.pk, tag_id=tag.pk) for asset in assets]
        TAGGED.objects.bulk_create(rows, ignore_conflicts=True)
        search.index_assets([asset.pk for asset in assets])
    return tag


def remove_tag(project: Project, assets: Collection[Asset], name: str) -> None:
    """Take a tag off files; the tag goes with the last one that had it."""
    tag = Tag.objects.filter(project=project, name__iexact=" ".join(name.split())).first()
    if tag is None:
        return
    pks = [asset.pk for asset in assets]
    with transaction.atomic():
        TAGGED.objects.filter(tag_id=tag.pk, asset_id__in=pks).delete()
        search.index_assets(pks)
        if not TAGGED.objects.filter(tag_id=tag.pk).exists():
            tag.delete()


def _get_or_make(project: Project, name: str) -> Tag:
    known = Tag.objects.filter(project=project, name__iexact=name)
    if tag := known.first():
        return tag
    if Tag.objects.filter(project=project).count() >= TAGS_PER_PROJECT:
        raise TagRefused(f"This project has {TAGS_PER_PROJECT} tags. Use one of them, or take one off all its files.")
    try:
        with transaction.atomic():
            return Tag.objects.create(project=project, name=name)
    except IntegrityError:  # somebody else made it in this very moment
        return known.get()
