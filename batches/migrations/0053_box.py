from django.db import migrations

from batches.models.box import BoxField


class Migration(migrations.Migration):
    dependencies = [("batches", "0052_trained_agents")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="box",
            field=BoxField(blank=True, help_text="Left, top, width and height as parts of the picture.", null=True),
        ),
        migrations.AddField(
            model_name="event", name="vendor_box", field=BoxField(blank=True, editable=False, null=True)
        ),
    ]
