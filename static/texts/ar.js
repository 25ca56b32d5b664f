globalThis.translatedTexts = {
 "Approved": "مقبول",
 "Invalid": "غير صالح",
 "Pending": "معلّق",
 "Rejected": "مرفوض"
};
