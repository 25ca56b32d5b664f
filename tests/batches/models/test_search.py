"""Text search: the index follows every change, and both databases find what is on the screen."""

from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from batches.folding import query_words, stored_words
from batches.models import Batch, Event
from batches.models.search import mentions
from tests.factories import make_batch, make_event, make_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch() -> Batch:
    return make_batch()


def matching_ids(batch: Batch, text: str) -> list[str]:
    return list(
        Event.objects.filter(mentions([batch.pk], text), batch=batch).order_by("id").values_list("label", flat=True)
    )


def test_every_word_begins_a_word_of_either_text_in_any_order(batch: Batch) -> None:
    make_event(make_item(batch), label="A car cuts in", ai_text="The van braked: near-miss.")
    hits = ["car", "CUT", "van brak", "miss near", "a a a", "near-miss.", "in the"]
    misses = ["ar", "carcuts", "car lorry", "cuts in the rain", "", " ", "%", '"', "'", "car'*"]
    assert [text for text in [*hits, *misses] if matching_ids(batch, text)] == [*hits, "car'*"]


def test_the_index_follows_every_change(batch: Batch) -> None:
    event = make_event(make_item(batch), label="first", ai_text="text")
    event.label = "second"
    event.save()
    assert (matching_ids(batch, "first"), matching_ids(batch, "second text")) == ([], ["second"])
    event.ai_text, event.severity = event.label, "low"
    event.save()
    assert (matching_ids(batch, "text"), matching_ids(batch, "second")) == ([], ["second"])
    event.payload.delete()
    Event.objects.filter(pk=event.pk).delete()
    assert matching_ids(batch, "second") == []


def test_another_batch_is_not_searched(batch: Batch) -> None:
    other = make_batch()
    for made in (batch, other, batch):
        make_event(make_item(made), label=f"van {made.pk}")
    assert matching_ids(other, "van") == [f"van {other.pk}"]
    assert matching_ids(make_batch(), "van") == []


def test_a_very_long_word_and_a_very_long_text_are_taken(batch: Batch) -> None:
    make_event(make_item(batch), label="long", ai_text="x" * 5000 + " ü" * 60_000)
    assert matching_ids(batch, "x" * 200) == ["long"]


# Language, what is on the screen, queries that find it, queries that do not.
LANGUAGES: list[tuple[str, str, list[str], list[str]]] = [
    ("English", "A car cuts in near Café Noir", ["CAFE", "Café", "ｃａｒ", "cu\u00adts"], ["afe", "carcuts"]),
    ("German", "Zürich: Straße überquert", ["Zu\u0308rich", "Zurich", "STRASSE", "straße", "ZÜRICH"], ["Zuerich"]),
    ("French", "Œuvre près de l’hôtel, à l’été", ["oeuvre", "hotel", "L'HÔTEL", "e\u0301te\u0301"], ["lhotel"]),
    ("Spanish", "Un niño cruzó la señal", ["nino", "NIÑO", "cruzo\u0301", "senal"], ["cruzaba"]),
    ("Portuguese", "Caminhão à direita, atenção", ["caminhao", "ATENÇÃO", "atenc\u0327a\u0303o"], ["caminho"]),
    ("Polish", "Łódź: pieszy na żółtym", ["lodz", "ŁÓDŹ", "zolty", "żółtym"], ["odz"]),
    ("Czech", "Příliš žluťoučký kůň", ["prilis", "KŮŇ", "zlutoucky"], ["kunn"]),
    ("Danish", "Cyklist på Østerbrogade i Ærø", ["osterbro", "ØSTERBRO", "aero", "pa"], ["sterbro"]),
    ("Turkish", "İstanbul, Iğdır ve ışık", ["İstanbul", "istanbul", "ISTANBUL", "ığdır", "IGDIR", "isik"], ["stanbul"]),
    ("Vietnamese", "Người đi bộ qua đường", ["nguoi", "NGƯỜI", "đường", "duong", "ngu\u031bo\u031b\u0300i"], ["guoi"]),
    ("Russian", "Пешеход на зелёный, чей-то йод", ["ПЕШЕХОД", "зеленый", "и\u0306од", "чей"], ["шеход"]),
    ("Ukrainian", "П’ять автобусів їдуть", ["П'ять", "пʼять", "автобусів", "ЇДУТЬ"], ["втобус"]),
    ("Greek", "Πεζός στον ΔΡΌΜΟΣ", ["πεζος", "ΠΕΖΟΣ", "δρόμος", "δρομοσ"], ["εζος"]),
    ("Arabic", "سَيَّارَةٌ أمام مدرســة ٣٠", ["سيارة", "سَيَّارَة", "امام", "مدرسة", "30"], ["يارة"]),
    ("Persian", "خودرو می‌رود به خیابانی", ["میرود", "می‌رود", "خيابان", "خودرو"], ["درو"]),
    ("Hebrew", "שָׁלוֹם להולך רגל", ["שלום", "שָׁלוֹם", "רגל"], ["לום"]),
    ("Hindi", "साइकिल सवार, लाल बत्ती", ["साइकिल", "बत्ती", "सवार लाल", "साइ"], ["किल", "सइकल"]),
    ("Tamil", "பாதசாரி சாலையை கடக்கிறார்", ["பாதசாரி", "சாலை", "கடக்கிறார்"], ["சாரி", "பதசர"]),
    ("Thai", "คนเดินข้ามทางม้าลาย", ["ทางม้าลาย", "ข้าม", "คน", "เดินข้ามทาง"], ["ขาม", "ม้าทาง"]),
    ("Khmer", "អ្នកថ្មើរជើងឆ្លងផ្លូវ", ["ផ្លូវ", "ថ្មើរជើង", "អ្នក"], ["ផូវ"]),
    (
        "Chinese",
        "自行车从右侧切入２号线",
        ["切入", "自行车", "右", "自行车从右侧切入", "2号"],
        ["入切", "自行车切入", "车行"],
    ),
    (
        "Japanese",
        "歩行者がｶﾒﾗの前を横断。ガード",
        ["横断", "カメラ", "行者", "歩行者がカメラの前", "カ\u3099ード"],
        ["メカ", "カード"],
    ),
    ("Korean", "자전거가 끼어들었습니다", ["자전거", "끼어들", "\u110c\u1161전거"], ["전거"]),
]


@pytest.mark.parametrize(("text", "hits", "misses"), [row[1:] for row in LANGUAGES], ids=[row[0] for row in LANGUAGES])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_is_on_the_screen_is_found(
    batch: Batch, text: str, hits: list[str], misses: list[str], form: Literal["NFC", "NFD"]
) -> None:
    shown = normalize(form, text)
    make_event(make_item(batch), label="", ai_text=shown)
    make_event(make_item(batch), label="99", ai_text="")
    asked = [text, *text.split(), *hits, *misses]
    assert [query for query in asked if matching_ids(batch, query) == [""]] == [text, *text.split(), *hits]


LETTERS = "abAB1 9_-.,'\"/%äÄßéİı’—…²🚗\n\t&*():|!<>\\切入车がｶﾞกาม้साइकि\u0301\u0308\u093f\u200c"
TEXTS = st.text(st.sampled_from(LETTERS), max_size=14)


@given(label=TEXTS, ai_text=TEXTS, start=st.integers(0, 13), length=st.integers(1, 14), other=TEXTS)
@hypothesis_settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_databases_find_by_the_one_rule(
    batch: Batch, label: str, ai_text: str, start: int, length: int, other: str
) -> None:
    event = make_event(make_item(batch), label=label, ai_text=ai_text)
    stored = stored_words(label, ai_text).split()
    for query in (label, ai_text[start : start + length], other):
        asked = query_words(query)
        expected = bool(asked) and all(any(word.startswith(entry) for word in stored) for entry in asked)
        assert Event.objects.filter(mentions([batch.pk], query), pk=event.pk).exists() is expected
