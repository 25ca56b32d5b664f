"""A flag is for all to see, names who set it, and is no verdict."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from batches.actions import flag
from batches.errors import NotAllowed
from batches.models import Action, Event
from tests.factories import make_event, make_member

pytestmark = pytest.mark.django_db


def test_a_flag_names_who_set_it_first_and_keeps_the_version() -> None:
    event = make_event()
    first, second = make_member(event.batch.connection), make_member(event.batch.connection)
    flag(event_id=event.pk, on=True, by=first)
    flag(event_id=event.pk, on=True, by=second)
    event.refresh_from_db()
    assert (event.flagged, event.flagged_by, event.version) == (True, first, 1)
    flag(event_id=event.pk, on=False, by=second)
    flag(event_id=event.pk, on=False, by=second)
    event.refresh_from_db()
    assert (event.flagged, event.flagged_by, Action.objects.count()) == (False, None, 0)


def test_a_viewer_does_not_flag() -> None:
    event = make_event()
    with pytest.raises(NotAllowed):
        flag(event_id=event.pk, on=True, by=make_member(event.batch.connection, "viewer"))
    with pytest.raises(Event.DoesNotExist):
        flag(event_id=0, on=True, by=make_member(event.batch.connection))


def test_the_database_knows_no_flag_of_nobody() -> None:
    make_event()
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.update(flagged_at=timezone.now())
