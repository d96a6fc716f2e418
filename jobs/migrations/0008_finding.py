"""What lists of files are led by, and words that sort by their letters' numbers on every database."""

import django.db.models.functions.text
from django.db import migrations, models


KEPT = models.Q(("trashed_at__isnull", True))


def compare_by_number(apps, schema_editor):
    """Let a word's beginning be a range: PostgreSQL would sort by the rules of a language."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE jobs_searchword ALTER COLUMN word TYPE varchar(40) COLLATE "C"')


class Migration(migrations.Migration):

    dependencies = [
        ("jobs", "0007_task_groups"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="asset", index=models.Index(fields=["project", "-id"], condition=KEPT, name="asset_newest")
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["project", "kind", "-id"], condition=KEPT, name="asset_by_kind"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["project", "format", "-id"], condition=KEPT, name="asset_by_format"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["project", "created_by", "-id"], condition=KEPT, name="asset_by_person"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["project", "review", "-id"], condition=KEPT, name="asset_by_review"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(
                fields=["project", "-id"],
                condition=models.Q(("trashed_at__isnull", True), ("picked_at__isnull", False)),
                name="asset_picked",
            ),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(
                models.F("project"),
                django.db.models.functions.text.Lower("name"),
                models.F("id"),
                condition=KEPT,
                name="asset_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["project", "-size_bytes", "-id"], condition=KEPT, name="asset_by_size"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(
                fields=["project", "-trashed_at", "-id"],
                condition=models.Q(("trashed_at__isnull", False)),
                name="asset_trash",
            ),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["parent", "kind", "-id"], condition=KEPT, name="asset_angles"),
        ),
        # The pairs of files and tags have no model of ours that could name it.
        migrations.RunSQL(
            "CREATE INDEX asset_by_tag ON jobs_asset_tags (tag_id, asset_id)", "DROP INDEX asset_by_tag"
        ),
        migrations.RunPython(compare_by_number, migrations.RunPython.noop),
    ]
