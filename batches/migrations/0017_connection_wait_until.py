from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0016_compare")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="wait_until",
            field=models.DateTimeField(blank=True, help_text="The vendor asked for no call before this.", null=True),
        ),
    ]
