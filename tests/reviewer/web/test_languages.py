"""Whose language a page is in."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from batches.languages import comma_list, localized
from batches.models import Connection, Profile
from tests.factories import make_batch, make_event, make_item, make_member, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_a_page_is_in_the_language_of_its_person_and_reads_from_its_side(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    profile = {"do": "profile", "time_zone": "UTC", "language": "ar"}
    client.post(reverse("account"), profile)
    assert Profile.objects.get(user=user).language == "ar"
    page = client.get(reverse("account"), headers={"accept-language": "de"}).content.decode()
    assert ('lang="ar"' in page, 'dir="rtl"' in page) == (True, True)
    assert ("حفظ الملف الشخصي" in page, "texts/ar.js" in page) == (True, True)
    client.post(reverse("account"), profile | {"language": "tlh"})
    assert Profile.objects.get(user=user).language == "ar", "an unknown language changes nothing"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-AT,en;q=0.5", "de"), ("fr, ar;q=0.4", "ar"), ("fr", "en"), ("", "en"), ("x" * 600, "en")],
)
def test_without_a_choice_a_page_is_in_the_language_of_the_browser(
    client: Client, accepted: str, language: str
) -> None:
    make_user()  # without anybody it would be the page of the first one
    page = client.get(reverse("login"), headers={"accept-language": accepted}).content.decode()
    assert f' lang="{language}"' in page


def test_scripts_are_answered_in_english(client: Client) -> None:
    page = client.get("/api/v1/nothing/", headers={"accept-language": "de"})
    assert page.json()["detail"].startswith("The API has no such URL")


@pytest.mark.parametrize("name", ["batch-grid", "batch-review", "batch-watch"])
def test_scripts_read_the_same_numbers_in_every_language(client: Client, account: Connection, name: str) -> None:
    event = make_event(make_item(make_batch(account)), start_s=12.5, end_s=14.25)
    user = make_member(account, "editor")
    Profile.objects.create(user=user, language="de")
    client.force_login(user)
    query = {"confidence_min": "0.5"} if name == "batch-grid" else {}
    page = client.get(reverse(name, args=[event.batch_id]), query).content.decode()
    assert (re.findall(r'[\w-]+="\d+,\d+"', page), 'data-start="12.5"' in page) == ([], True)


def test_lists_have_the_comma_of_the_language() -> None:
    lists = {}
    for code in ("en", "de", "ar"):
        with override(code):
            lists[code] = comma_list(["ana", "ben"])
    assert lists == {"en": "ana, ben", "de": "ana, ben", "ar": "ana، ben"}


def test_formats_that_django_names_stay_in_every_language() -> None:
    formats = {}
    for code in ("en", "de", "ar"):
        with override(code):
            formats[code] = (localized("DATETIME_FORMAT"), localized("j M Y"))
    named = "DATETIME_FORMAT"
    assert formats == {"en": (named, "j M Y"), "de": (named, "j. M Y"), "ar": (named, "j F Y")}
