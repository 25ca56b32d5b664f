from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0060_uploads")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="footage",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="Template of the address at which the video of an item lies.",
                max_length=500,
            ),
        )
    ]
