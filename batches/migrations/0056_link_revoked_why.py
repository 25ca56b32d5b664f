from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0055_cloud_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="link",
            name="link_revoked_who_and_when",
        ),
        migrations.AddField(
            model_name="link",
            name="revoked_why",
            field=models.CharField(
                blank=True,
                choices=[
                    ("right", "Ended when its creator lost the right to make links"),
                    ("access", "Ended when its creator was deactivated or activated again"),
                ],
                db_default="",
                default="",
                help_text="Why it ended without a person.",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True), ("revoked_why", "")),
                    models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False), ("revoked_why", "")),
                    models.Q(
                        ("revoked_at__isnull", False),
                        ("revoked_by__isnull", True),
                        models.Q(("revoked_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="link_revoked_when_and_by_whom_or_why",
            ),
        ),
    ]
