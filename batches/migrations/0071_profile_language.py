from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0070_recall_of_categories")]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="language",
            field=models.CharField(
                blank=True,
                choices=[("", "Same as the browser"), ("en", "English"), ("de", "Deutsch"), ("ar", "العربية")],
                default="",
                max_length=5,
            ),
        ),
    ]
