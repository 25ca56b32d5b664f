from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("batches", "0082_decided_events")]

    operations = [
        migrations.AlterModelOptions(
            name="watchedparts",
            options={"ordering": ["id"], "verbose_name": "watched parts", "verbose_name_plural": "watched parts"},
        ),
    ]
