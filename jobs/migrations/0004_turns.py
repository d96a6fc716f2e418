"""One index for how many are at a vendor and whose turn is next there, in place of the narrower one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_sent_values_circuits")]

    operations = [
        migrations.RemoveIndex(model_name="task", name="task_at_vendor"),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["vendor", "state", "error_code", "project", "created_by", "created_at"], name="task_turn"
            ),
        ),
    ]
