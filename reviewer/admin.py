"""The console has no pages for django-allauth's tables: they hold secrets, and its settings come from the environment.

Imported before allauth's own, which are then registered already.
"""

from allauth.account import admin as _account
from allauth.mfa import admin as _mfa
from allauth.socialaccount import admin as _socialaccount
from django.apps import apps
from django.contrib import admin

REGISTERED = (_account, _mfa, _socialaccount)

for _label in ("account", "mfa", "socialaccount"):
    for _model in apps.get_app_config(_label).get_models():
        if admin.site.is_registered(_model):
            admin.site.unregister(_model)
