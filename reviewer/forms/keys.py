"""A person's own keyboard shortcuts."""

import re

from django import forms
from django.utils.translation import gettext as _

from reviewer.forms.fields import ShortJSONField

COMMAND = re.compile(r"[a-z][a-z0-9-]{0,29}")
SINGLE_KEY = re.compile(r"(shift\+)?([!-~ ]|Arrow(Left|Right|Up|Down)|Home|End|PageUp|PageDown|F\d{1,2})")


class KeysForm(forms.Form):
    """`keys`: name of the command → one key, as the pages' key table has them: `a`, `shift+z`, `ArrowLeft`."""

    single_keys = forms.BooleanField(required=False)
    keys = ShortJSONField(required=False)

    def clean_keys(self) -> dict[str, str]:
        keys = self.cleaned_data["keys"] or {}
        if not isinstance(keys, dict) or len(keys) > 100:
            raise forms.ValidationError(_("Expected an object of at most 100 commands."))
        for command, key in keys.items():
            if not COMMAND.fullmatch(command):
                raise forms.ValidationError(_("{text} is not the name of a command.").format(text=repr(command)))
            if not isinstance(key, str) or not SINGLE_KEY.fullmatch(key):
                raise forms.ValidationError(_("{text} is not a single key.").format(text=repr(key)))
        return keys
