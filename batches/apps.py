"""Registers the data app and its start-up checks."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class BatchesConfig(AppConfig):
    name = "batches"
    verbose_name = _("Batches")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models must be loaded first; checks register themselves.
        from django.contrib.auth.models import User  # noqa: PLC0415
        from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save  # noqa: PLC0415

        from batches import checks  # noqa: F401, PLC0415
        from batches.actions.links import end_links_without_right  # noqa: PLC0415
        from batches.actions.people import end_with_deactivation, refuse_second_account  # noqa: PLC0415
        from batches.actions.roles import follow_groups, follow_team_role  # noqa: PLC0415
        from batches.model_names import translate_names, translate_tasks  # noqa: PLC0415
        from batches.models import Membership, TeamRole  # noqa: PLC0415

        translate_names(self.get_models())
        if apps.is_installed("django_tasks_db"):  # with the embedded engine
            translate_tasks(apps.get_app_config("django_tasks_database"))
        pre_save.connect(refuse_second_account, sender=User, dispatch_uid="refuse_second_account")
        pre_save.connect(end_with_deactivation, sender=User, dispatch_uid="end_with_deactivation")
        m2m_changed.connect(follow_groups, sender=User.groups.through, dispatch_uid="follow_groups")
        post_delete.connect(follow_team_role, sender=TeamRole, dispatch_uid="follow_team_role")
        for signal in (post_save, post_delete):
            signal.connect(end_links_without_right, sender=Membership, dispatch_uid="end_links_without_right")
