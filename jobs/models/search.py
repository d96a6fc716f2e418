"""The words by which files and tasks are found (jobs/search.py writes and reads them)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jobs.models.assets import Asset
from jobs.models.people import Project
from jobs.models.tasks import Task


class SearchWord(models.Model):
    """One word of a file's or a task's name, prompt, tags or people, in small letters."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, models.CASCADE, null=True, blank=True, related_name="search_words")
    task = models.ForeignKey(Task, models.CASCADE, null=True, blank=True, related_name="search_words")
    word = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["project", "word", "asset", "task"], name="search_by_word")]
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "word"], condition=Q(asset__isnull=False), name="one_word_per_asset"
            ),
            models.UniqueConstraint(fields=["task", "word"], condition=Q(task__isnull=False), name="one_word_per_task"),
            models.CheckConstraint(
                condition=Q(asset__isnull=False, task__isnull=True) | Q(asset__isnull=True, task__isnull=False),
                name="word_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.word
