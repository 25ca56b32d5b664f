"""What runs stored in English, in the language of who reads it."""

import pytest
from django.utils.translation import override

from batches.stored_texts import in_language

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("", ""),
        ("The vendor cannot be reached.", "Der Anbieter ist nicht erreichbar."),
        ("Stopped by maya.", "Angehalten von maya."),
        (
            "The vendor refused with status 404: no {such} batch",
            "Der Anbieter lehnte mit Status 404 ab: no {such} batch",
        ),
        (
            "The vendor answered with status 503. Polled 5 times. Sync the batch to poll again.",
            "Der Anbieter antwortete mit Status 503. 5-mal abgefragt. "
            "Synchronisieren Sie den Batch, um wieder abzufragen.",
        ),
        (
            "No answer for 2 of 9 items; results stored here are kept. The vendor did not answer in time.",
            "Keine Antwort für 2 von 9 Elementen; hier gespeicherte Ergebnisse bleiben erhalten. "
            "Der Anbieter hat nicht rechtzeitig geantwortet.",
        ),
        ("Choose the column that names the video.", "Wählen Sie die Spalte, die das Video nennt."),
        ("the numbers are milliseconds since 1970", "die Zahlen sind Millisekunden seit 1970"),
        ("expected text, got the number 12", "erwartet: Text; erhalten: die Zahl 12"),
        (
            "expected text like t=12.3, got the text 'soon'",
            "erwartet: Text wie t=12.3; erhalten: der Text 'soon'",
        ),
        ("is missing; this does not look like a batch", "fehlt; das sieht nicht nach einem Batch aus"),
        (
            "1,412 verdicts, precision 89.1 % (85.9 – 91.7), 12 corrected, 3 missed events added",
            "1.412 Entscheidungen, Präzision 89,1 % (85,9 – 91,7), 12 korrigiert, 3 übersehene Ereignisse hinzugefügt",
        ),
        (
            "7 verdicts, 0 corrected, 1 missed events added",
            "7 Entscheidungen, 0 korrigiert, 1 übersehene Ereignisse hinzugefügt",
        ),
        ("video v1 status: expected text, got the number 7", "video v1 status: erwartet: Text; erhalten: die Zahl 7"),
        ("12 batches listed, 0 of them new.", "12 Batches aufgelistet, davon 0 neu."),
        ("Of type video", "Vom Typ video"),
        ("What a vendor says of itself.", "What a vendor says of itself."),
    ],
)
def test_a_stored_text_is_shown_in_the_readers_language(stored: str, shown: str) -> None:
    assert in_language(stored) == stored
    with override("de"):
        assert in_language(stored) == shown
