"""The admin of what members think of files: comments, tags, stars. To be read; members write them on their pages."""

from django.contrib import admin

from jobs.admin.rows import LongList, ReadOnly, column, show_link
from jobs.models import Comment, SearchWord, Star, Tag

EXCERPT = 120


@admin.register(Comment)
class CommentAdmin(ReadOnly, LongList):
    excerpt = column("text", lambda row: f"{row.text[:EXCERPT]}…" if len(row.text) > EXCERPT else row.text)
    file = column("file", lambda row: show_link("asset_change", row.asset_id, row.asset))
    list_display = ["created_at", "author", "file", "verdict", "excerpt", "resolved_at", "trashed_at"]
    list_display_links = ["created_at"]
    list_filter = ["verdict", ("resolved_at", admin.EmptyFieldListFilter), ("trashed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["author", "asset"]
    search_fields = ["=asset__pk", "=author__username"]
    search_help_text = "a file's number or a person's name of the account"


@admin.register(Tag)
class TagAdmin(ReadOnly, LongList):
    list_display = ["name", "project"]
    list_select_related = ["project"]
    search_fields = ["^name"]


@admin.register(Star)
class StarAdmin(ReadOnly, LongList):
    list_display = ["user", "asset", "created_at"]
    list_select_related = ["user", "asset"]
    search_fields = ["=user__username"]


@admin.register(SearchWord)
class SearchWordAdmin(ReadOnly, LongList):
    """By what files and tasks are found (manage.py search_index writes them anew)."""

    list_display = ["word", "project", "shown_file", "shown_task"]
    list_select_related = ["project"]
    search_fields = ["=asset__pk", "=task__pk"]
    search_help_text = "the number of a file or a task"
    shown_file = column("file", lambda row: show_link("asset_change", row.asset_id, row.asset_id))
    shown_task = column("task", lambda row: show_link("task_change", row.task_id, row.task_id))
