from django.db import migrations, models

from batches.migrations._triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("batches", "0069_same_video")]

    operations = [
        migrations.AddField(
            model_name="recallcertificate",
            name="category",
            field=models.CharField(blank=True, help_text="Empty for the whole batch.", max_length=255, null=True),
        ),
        migrations.RunPython(append_only("batches_recallcertificate"), migrations.RunPython.noop),
    ]
