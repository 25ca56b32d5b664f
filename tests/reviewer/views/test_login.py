"""Signing in and out."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client

from reviewer.web.sign_in import ADDRESS_FAILURES, FREE, LONGEST_DELAY
from tests.clock import Clock
from tests.factories import make_user

pytestmark = pytest.mark.django_db
SECRET = {"username": "maya", "password": "secret-enough"}


def test_signing_in_leads_to_the_desk() -> None:
    make_user("maya")
    assert Client().post("/login/", SECRET).headers["Location"] == "/desk/"


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https:evil.example", "\t//evil.example",
                                    "javascript:alert(1)", "https://evil.example/"])  # fmt: skip
@pytest.mark.case("B06")
def test_it_never_leads_to_another_site(wanted: str) -> None:
    make_user("maya")
    assert Client().post("/login/", {**SECRET, "next": wanted}).headers["Location"] == "/desk/"


def test_it_leads_back_to_where_one_was() -> None:
    make_user("maya")
    assert Client().post("/login/", {**SECRET, "next": "/batches/7/?q=x"}).headers["Location"] == "/batches/7/?q=x"


def test_a_failed_sign_in_does_not_reveal_which_field_was_wrong() -> None:
    make_user("maya")
    make_user("gone", is_active=False)
    for name, password in (("maya", "wrong"), ("nobody", "wrong"), ("gone", SECRET["password"])):
        answer = Client().post("/login/", {"username": name, "password": password})
        assert "Wrong user name or password, or the account has been deactivated." in answer.content.decode()


def attempt(client: Client, name: str = "maya", password: str = "wrong", address: str = "203.0.113.9") -> int:
    answer = client.post("/login/", {"username": name, "password": password}, REMOTE_ADDR=address)
    assert (answer.status_code == 429) == ("Retry-After" in answer.headers)
    return answer.status_code


def test_wrong_passwords_of_a_name_at_an_address_wait_ever_longer(clock: Clock) -> None:
    make_user("maya")
    assert [attempt(Client()) for _ in range(FREE + 2)] == [200] * FREE + [429] * 2
    assert attempt(Client(), password=SECRET["password"]) == 429
    waits = []
    for _ in range(10):
        answer = Client().post("/login/", {"username": "maya", "password": "wrong"}, REMOTE_ADDR="203.0.113.9")
        waits.append(int(answer.headers["Retry-After"]))
        clock.go(seconds=waits[-1])
        assert attempt(Client()) == 200
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, LONGEST_DELAY, LONGEST_DELAY]


def test_a_stranger_locks_out_nobody_elsewhere() -> None:
    make_user("maya")
    assert [attempt(Client()) for _ in range(20)][-1] == 429
    assert attempt(Client(), password=SECRET["password"], address="198.51.100.7") == 302


def test_a_stranger_at_the_same_address_never_locks_out_a_known_device() -> None:
    make_user("maya")
    own = Client()
    assert attempt(own, password=SECRET["password"]) == 302
    own.post("/logout/")
    for number in range(ADDRESS_FAILURES + 5):
        attempt(Client(), f"name{number}")
    assert [attempt(Client()) for _ in range(FREE + 1)] == [429] * (FREE + 1)
    assert attempt(own, password=SECRET["password"]) == 302


def test_a_known_device_that_guesses_is_slowed_down_as_well() -> None:
    make_user("maya")
    own = Client()
    attempt(own, password=SECRET["password"])
    own.post("/logout/")
    assert [attempt(own) for _ in range(FREE + 1)] == [200] * FREE + [429]


def test_a_forged_or_foreign_device_is_not_known() -> None:
    make_user("maya"), make_user("noor")
    foreign, forged = Client(), Client()
    attempt(foreign, "noor", SECRET["password"])
    foreign.post("/logout/")
    forged.cookies["device"] = foreign.cookies["device"].value[:-1] + "x"
    for client in (foreign, forged):
        assert attempt(client) == 200
    assert [attempt(Client()) for _ in range(FREE)][-1] == 429


def test_many_names_from_one_address_are_slowed_down() -> None:
    statuses = [attempt(Client(), f"name{number}") for number in range(ADDRESS_FAILURES + 1)]
    assert statuses == [200] * ADDRESS_FAILURES + [429]
    assert attempt(Client(), "other", address="198.51.100.7") == 200


def test_the_console_has_no_sign_in_of_its_own() -> None:
    make_user("boss", is_staff=True)
    client = Client()
    answer = client.post("/admin/login/?next=/admin/", {"username": "boss", "password": "secret-enough"})
    assert answer.headers["Location"] == "/login/?next=/admin/"
    assert client.get("/admin/").status_code == 302


class SlowHasher(MD5PasswordHasher):
    """Counts how many passwords are hashed at the same time."""

    now, most = 0, 0

    def encode(self, password: str, salt: str) -> str:
        SlowHasher.now += 1
        SlowHasher.most = max(SlowHasher.most, SlowHasher.now)
        time.sleep(0.05)
        SlowHasher.now -= 1
        encoded: str = super().encode(password, salt)
        return encoded


@pytest.mark.django_db(transaction=True)
def test_a_flood_hashes_one_password_at_a_time(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.SlowHasher"]

    def guess(number: int) -> int:
        try:
            return attempt(Client(), f"name{number}", address=f"198.51.100.{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = set(pool.map(guess, range(40)))
    assert (statuses, SlowHasher.most) == ({200, 429}, 1)


def test_signing_out_is_a_post() -> None:
    client = Client()
    client.force_login(make_user("maya"))
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/batches/").status_code == 302
