"""The names that people are found by, so that housekeeping sees when they have others."""

from typing import Any

from django.db import migrations, models
from django.db.models import Value
from django.db.models.functions import Concat


def note_names(apps: Any, _: Any) -> None:
    """What people have made until now has the words of their names."""
    names = Concat("username", Value(" "), "first_name", Value(" "), "last_name")
    apps.get_model("jobs", "User").objects.update(found_as=names)


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0012_comment_trashed_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="found_as",
            field=models.CharField(blank=True, editable=False, max_length=460),
        ),
        migrations.RunPython(note_names, migrations.RunPython.noop),
    ]
