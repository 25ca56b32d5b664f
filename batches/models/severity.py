"""The rank of a severity, which vendors write as text."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.IntegerChoices):
    """The rank of a vendor's severity, in any letter case. The vendor's own text is stored too."""

    OTHER = 0, _("Other")
    LOW = 1, _("Low")
    MEDIUM = 2, _("Medium")
    HIGH = 3, _("High")
    CRITICAL = 4, _("Critical")

    @classmethod
    def of(cls, severity: str) -> "Severity":
        return SEVERITY_WORDS.get(severity.strip().lower(), cls.OTHER)


SEVERITY_WORDS = {severity.name.lower(): severity for severity in Severity if severity is not Severity.OTHER}
