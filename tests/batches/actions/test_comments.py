"""Talk about an event: rows that are only added, and what they come to."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from batches.actions import comment, read_notifications
from batches.actions.comments import mentioned, people_of, unknown_names
from batches.errors import KeyReused, NotAllowed
from batches.models import Comment, Conversation, Event, Notification
from batches.models.drawing import clean
from tests.factories import make_connection, make_event, make_item, make_member, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def event() -> Event:
    return make_event()


@pytest.fixture
def maya(event: Event) -> User:
    return make_member(event.batch.connection, "reviewer", "maya")


@pytest.fixture
def edda(event: Event) -> User:
    return make_member(event.batch.connection, "editor", "edda")


def say(event: Event, by: User, text: str, **fields: Any) -> UUID:
    key = uuid4()
    comment(event_id=event.pk, by=by, idempotency_key=key, text=text, **fields)
    return key


def talk() -> tuple[int, bool]:
    now = Conversation.objects.get()
    return now.comments, now.unresolved


def test_a_comment_opens_a_talk_and_resolving_ends_it(event: Event, maya: User, edda: User) -> None:
    say(event, maya, "  Too dark?\n")
    assert talk() == (1, True)
    comment(event_id=event.pk, by=edda, idempotency_key=uuid4(), kind="resolve")
    assert talk() == (1, False)
    comment(event_id=event.pk, by=maya, idempotency_key=uuid4(), kind="reopen")
    assert talk() == (1, True)
    comment(event_id=event.pk, by=edda, idempotency_key=uuid4(), kind="resolve")
    say(event, maya, "One more thing")
    assert talk() == (2, True)
    steps = Comment.objects.values_list("author__username", "kind", "text")
    assert list(steps) == [
        ("maya", "say", "Too dark?"),
        ("edda", "resolve", ""),
        ("maya", "reopen", ""),
        ("edda", "resolve", ""),
        ("maya", "say", "One more thing"),
    ]


def test_what_is_so_already_adds_nothing(event: Event, maya: User) -> None:
    for kind in ("resolve", "reopen"):
        assert comment(event_id=event.pk, by=maya, idempotency_key=uuid4(), kind=kind).comments == 0
    key = say(event, maya, "Too dark?")
    comment(event_id=event.pk, by=maya, idempotency_key=uuid4(), kind="reopen")
    for _ in range(2):
        comment(event_id=event.pk, by=maya, idempotency_key=uuid4(), kind="resolve")
    for _ in range(2):
        comment(event_id=event.pk, by=maya, idempotency_key=uuid4(), kind="withdraw", target=key)
    assert list(Comment.objects.values_list("kind", flat=True)) == ["say", "resolve", "withdraw"]


def test_the_same_key_again_makes_one(event: Event, maya: User) -> None:
    key = uuid4()
    for _ in range(3):
        comment(event_id=event.pk, by=maya, idempotency_key=key, text="@maya @edda Look")
    assert (Comment.objects.count(), talk()) == (1, (1, True))


def test_a_key_is_for_one_person_and_one_text(event: Event, maya: User, edda: User) -> None:
    key = say(event, maya, "Look")
    with pytest.raises(KeyReused):
        comment(event_id=event.pk, by=maya, idempotency_key=key, text="Look again")
    with pytest.raises(KeyReused):
        comment(event_id=event.pk, by=edda, idempotency_key=key, text="Look")
    assert Comment.objects.count() == 1


def test_ones_own_comment_is_withdrawn_and_stays_in_the_table(event: Event, maya: User, edda: User) -> None:
    first, second = say(event, maya, "First"), say(event, edda, "Second")
    for target in (second, uuid4(), None):
        with pytest.raises(ValueError, match="You can only withdraw your own comments"):
            comment(event_id=event.pk, by=maya, idempotency_key=uuid4(), kind="withdraw", target=target)
    comment(event_id=event.pk, by=maya, idempotency_key=uuid4(), kind="withdraw", target=first)
    assert talk() == (1, True)
    comment(event_id=event.pk, by=edda, idempotency_key=uuid4(), kind="withdraw", target=second)
    assert talk() == (0, False)
    assert list(Comment.objects.values_list("text", flat=True)) == ["First", "Second", "", ""]


def test_a_comment_of_another_event_is_not_withdrawn_here(event: Event, maya: User) -> None:
    elsewhere = make_event(make_item(event.batch))
    key = say(elsewhere, maya, "There")
    with pytest.raises(ValueError, match="your own comments"):
        comment(event_id=event.pk, by=maya, idempotency_key=uuid4(), kind="withdraw", target=key)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001])
def test_a_comment_says_something_and_not_too_much(event: Event, maya: User, text: str) -> None:
    with pytest.raises(ValueError, match="1 to 2,000 characters"):
        say(event, maya, text)
    with pytest.raises(ValueError, match="one of say, resolve, reopen, withdraw"):
        say(event, maya, "x", kind="edit")
    assert Comment.objects.count() == 0


def test_only_reviewers_of_the_connection_talk(event: Event) -> None:
    for person in (make_member(event.batch.connection, "viewer"), make_member(make_connection(), "editor")):
        with pytest.raises(NotAllowed):
            say(event, person, "Hello")


@pytest.mark.parametrize("change", [lambda rows: rows.update(text="other"), lambda rows: rows.delete()])
def test_no_comment_is_rewritten(event: Event, maya: User, change: Any) -> None:
    say(event, maya, "First")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change(Comment.objects.filter(text="First"))


def test_members_are_mentioned_others_and_oneself_are_not(event: Event, maya: User, edda: User) -> None:
    make_member(make_connection(), "reviewer", "jonas")
    say(event, maya, "@EDDA, @edda and @jonas: see mail@edda, @maya @nobody.")
    assert list(Notification.objects.values_list("user__username", flat=True)) == ["edda"]


def test_staff_see_every_batch_and_are_mentioned_those_deactivated_are_not(event: Event, maya: User) -> None:
    staff, member = make_user("admin", is_staff=True), make_member(event.batch.connection, "viewer", "vera")
    for person in (make_member(event.batch.connection, "viewer", "gone"), make_user("left", is_staff=True)):
        person.is_active = False
        person.save()
    make_user("stranger")
    say(event, maya, "@admin @vera @gone @left @stranger")
    notified = Notification.objects.order_by("user__username")
    assert list(notified.values_list("user__username", flat=True)) == ["admin", "vera"]
    assert list(people_of(event.batch.connection_id)) == [staff, maya, member]
    assert Notification.objects.of(staff).unread().exists()  # what the page of notifications shows


def test_a_mention_is_unread_until_it_is_read(event: Event, maya: User, edda: User) -> None:
    keys = [say(event, maya, f"@edda {n}") for n in range(3)]
    mentions = list(Notification.objects.order_by("id"))
    read_notifications(by=maya, upto=mentions[2].pk)
    assert Notification.objects.of(edda).unread().count() == 3
    read_notifications(by=edda, notification_id=mentions[0].pk)
    assert Notification.objects.of(edda).unread().count() == 2
    comment(event_id=event.pk, by=maya, idempotency_key=uuid4(), kind="withdraw", target=keys[1])
    assert list(Notification.objects.of(edda).unread()) == [mentions[2]]
    read_notifications(by=edda, upto=mentions[2].pk)
    assert not Notification.objects.of(edda).unread().exists()
    edda.memberships.all().delete()
    assert not Notification.objects.of(edda).exists()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ana", {"ana"}),
        ("(@ana) and @ana.b, @ana.b.", {"ana", "ana.b"}),
        ("@anab @an mail@ana @@ana", set()),
        ("@Ana: yes", {"ana"}),
        ("@o+k-", {"o+k-"}),
        ("@" * 5000, set()),
    ],
)
def test_a_name_is_read_as_people_write_it(text: str, names: set[str]) -> None:
    assert mentioned(text, ["ana", "ana.b", "o+k-"]) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ana, @Ana.b: and @o+k-", []),
        ("@admin, @anab. @admin (@an)", ["admin", "anab", "an"]),
        ("mail@ana @@zoe @ @. 12", []),
    ],
)
def test_names_of_nobody_are_told_apart(text: str, names: list[str]) -> None:
    assert unknown_names(text, ["ana", "ana.b", "o+k-"]) == names


def drawing(**fields: Any) -> str:
    shapes = [{"kind": "arrow", "points": [[0.1, 0.2], [0.30004, 1]]}, {"kind": "line", "points": [[0, 0]] * 3}]
    return json.dumps({"at": 5.25, "aspect": 1.5, "shapes": shapes} | fields)


def test_a_drawing_is_kept_with_the_words_and_belongs_to_the_request(event: Event, maya: User) -> None:
    key = say(event, maya, "00:05.2 this one", drawing=drawing())
    stored = json.loads(Comment.objects.get().drawing or "")
    assert json.loads(clean(drawing(at=None)))["at"] is None
    assert (stored["at"], stored["aspect"], stored["shapes"][0]["points"]) == (5.25, 1.5, [[0.1, 0.2], [0.3, 1.0]])
    again = {"event_id": event.pk, "by": maya, "idempotency_key": key, "text": "00:05.2 this one"}
    comment(**again, drawing=drawing())
    with pytest.raises(KeyReused):
        comment(**again, drawing=drawing(at=6))
    with pytest.raises(KeyReused):
        comment(**again)
    assert Comment.objects.count() == 1


@pytest.mark.parametrize(
    "text",
    ["<svg onload=alert(1)>", "[]", "{}", drawing(extra=1), drawing(shapes=[]), drawing(at=-1), drawing(at=True),
     drawing(aspect=float("nan")), drawing(at=10**400), drawing(shapes=[{"kind": "<svg>", "points": [[0, 0], [1, 1]]}]),
     drawing(shapes=[{"kind": "box", "points": [[0, 0], [1, "1"]]}]),
     drawing(shapes=[{"kind": "box", "points": [[0, 0]]}]),
     drawing(shapes=[{"kind": "box", "points": [[0, 0], [1, 2]]}]), drawing(shapes=["box"] * 21), "[" * 20_001,
     drawing(shapes=[{"kind": "box", "points": [[0, 0], [1, 1]], "style": "x"}])],
)  # fmt: skip
def test_anything_else_than_a_drawing_is_refused(event: Event, maya: User, text: str) -> None:
    with pytest.raises(ValueError, match="drawing: "):
        say(event, maya, "look", drawing=text)
    assert not Comment.objects.exists()
