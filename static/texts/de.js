globalThis.translatedTexts = {
 "Approved": "Bestätigt",
 "Invalid": "Ungültig",
 "Pending": "Offen",
 "Rejected": "Abgelehnt"
};
