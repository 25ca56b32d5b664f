"""The words of a text as they are searched: one rule for what is stored and for what is asked. No Django here.

Case, width, diacritics and the way a letter is composed make no difference. A vowel sign or a tone mark is part of the
letter it stands on. In scripts without spaces between words every place of a run begins a word.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import dropwhile

MOST_CHARACTERS = 100_000  # of a text; the rest is not searched
MOST_BYTES = 900_000  # of all words; PostgreSQL refuses a tsvector of a megabyte
LONGEST_WORD = 255  # characters; PostgreSQL refuses a word of more than 2,046 bytes
LONGEST_PIECE = 6  # characters of a run without spaces; a longer query is looked for in such pieces

# Letters that are another one with a stroke, which Unicode does not take apart, and the letters that Arabic and Persian
# keyboards write differently.
LETTERS = {
    "ı": "i", "đ": "d", "ð": "d", "ø": "o", "ł": "l", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe",
    "ى": "ي", "ی": "ي", "ک": "ك", "ـ": "",
    "ʹ": " ", "ʺ": " ", "ʻ": " ", "ʼ": " ", "ʽ": " ",
}  # fmt: skip
# Kana, Han, Thai, Lao, Myanmar, Khmer, Tai Tham, Balinese, Yi, Javanese.
WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1a20-\u1aaf\u1b00-\u1b7f\u3005-\u3007\u3041-\u30ff\u3105-\u312f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua48f\ua980-\ua9df\uaa60-\uaa7f\U00020000-\U0003ffff]+"
)
VARIATION_SELECTORS = range(0xFE00, 0xFE10)
# Combining classes of the points of Hebrew, Arabic and Syriac, and of accents, which people leave out when they type.
# Those between are vowel signs, tones and dots that make another letter.
FIRST_POINT, LAST_POINT, FIRST_ACCENT = 10, 36, 200


def _folded(sign: str) -> str:
    """A sign of decomposed text without case: as it is searched, empty, or a space where it ends a word."""
    if sign in LETTERS:
        return LETTERS[sign]
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if category in {"Cf", "Me"} or ord(sign) in VARIATION_SELECTORS:
        return ""
    if category == "Mn":
        combining_class = unicodedata.combining(sign)
        return "" if FIRST_POINT <= combining_class <= LAST_POINT or combining_class >= FIRST_ACCENT else sign
    return sign if category[0] in "LNM" else " "


class _Signs(dict[int, str]):
    """The folding of each sign, found out when it first comes."""

    def __missing__(self, ordinal: int) -> str:
        self[ordinal] = folded = _folded(chr(ordinal))
        return folded


_SIGNS = _Signs()


_ASCII = "".join(_SIGNS[ord(sign.lower())] for sign in map(chr, range(128))).encode().ljust(256)


def fold(text: str) -> str:
    """The text as it is searched, its words apart by single spaces."""
    if text.isascii():
        return b" ".join(_ascii_words(text)).decode()
    caseless = unicodedata.normalize("NFKC", text).casefold()
    signs = unicodedata.normalize("NFKD", caseless).translate(_SIGNS)
    return " ".join(unicodedata.normalize("NFKC", signs).split())


def _ascii_words(text: str) -> list[bytes]:
    return text.encode().translate(_ASCII).split()


def stored_words(*texts: str) -> str:
    """All words of the texts by which they can be found: each once, separated by spaces."""
    text = " ".join(texts)[:MOST_CHARACTERS]
    if text.isascii():
        unique_words = dict.fromkeys(_ascii_words(text))
        if len(text) <= LONGEST_WORD or len(max(unique_words, key=len, default=b"")) <= LONGEST_WORD:
            return b" ".join(unique_words).decode()  # at most MOST_CHARACTERS
    return _limited(dict.fromkeys(_words(fold(text), every=True)))


def query_words(text: str) -> list[str]:
    """The words of a query. Each matches the stored words that begin with it."""
    return list(dict.fromkeys(_words(fold(text[:MOST_CHARACTERS]), every=False)))


def _words(folded: str, *, every: bool) -> Iterator[str]:
    for word in folded.split():
        if word.isascii():
            yield word[:LONGEST_WORD]
            continue
        end = 0
        for run in WITHOUT_SPACES.finditer(word):
            yield from _word(word[end : run.start()])
            yield from _pieces(run[0], every=every)
            end = run.end()
        yield from _word(word[end:])


def _word(word: str) -> Iterator[str]:
    if letters := "".join(dropwhile(_is_mark, word)):
        yield letters[:LONGEST_WORD]


def _pieces(run: str, *, every: bool) -> Iterator[str]:
    """What stands at each letter of the run; unless `every`, only as many as cover it."""
    for start, sign in enumerate(run):
        if not _is_mark(sign):
            yield run[start : start + LONGEST_PIECE]
            if not every and start + LONGEST_PIECE >= len(run):
                return


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "M"


def _limited(folded_words: dict[str, None]) -> str:
    """The words as one text, as many of them as a database takes."""
    text = " ".join(folded_words)
    if len(text) * 4 <= MOST_BYTES:
        return text
    return text.encode()[:MOST_BYTES].decode(errors="ignore").rpartition(" ")[0]
