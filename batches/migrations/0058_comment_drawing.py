from django.db import migrations, models

from batches.migrations._triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("batches", "0057_batch_order")]

    operations = [
        migrations.AddField(
            model_name="comment",
            name="drawing",
            field=models.TextField(
                blank=True, editable=False, help_text="JSON: a drawing on the frame at its moment.", null=True
            ),
        ),
        migrations.RunPython(append_only("batches_comment"), migrations.RunPython.noop),
    ]
