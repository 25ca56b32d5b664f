"""Whether videos of one file name are paired, for each comparison; and pairs by the whole path."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0023_verdicts_on_what_was_seen")]

    operations = [
        migrations.AddField(
            "comparison",
            "by_name",
            models.BooleanField(default=True, help_text="Whether videos are paired by their file name only."),
        ),
        migrations.AlterField(
            "videopair",
            "known_by",
            models.CharField(
                choices=[
                    ("id", "the vendor's id"), ("source", "where it was imported from"),
                    ("path", "the path of the file"),
                    ("name", "the file name only"), ("person", "a person"),
                ],
                max_length=8,
            ),
        ),
    ]  # fmt: skip
