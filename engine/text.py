"""Text that people and files bring, as it is kept and shown: which characters it may hold, and how many."""

import re
import unicodedata
from typing import Literal

MAX_REQUEST = 40_000
"""Characters of one request as it is typed, a style among its values (20,000) and a prompt (10,000)."""

MAX_LABEL = 200
"""Characters of what is shown in one line: the name of an upload, a title, a request in the queue."""

_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f"  # controls
    "\ud800-\udfff"  # halves of characters: names that are no UTF-8
    "\ufeff\ufff9-\uffff"  # byte order mark, interlinear marks, no characters
    "]"
)


_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of the text around it: harmless in a paragraph of its own, not in a name among others."""


MOST_MARKS = 30
"""Combining marks on one letter: https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format has no more."""


def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """As `unicodedata.normalize`, which takes the square of the marks on one letter, without those beyond 30."""
    if text.isascii():
        return text
    marks, kept = 0, []
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= MOST_MARKS:
            kept.append(letter)
    return unicodedata.normalize(form, "".join(kept))


def prose(text: str) -> str:
    """`text` with its line breaks and tabs, without blanks around it, and without characters that only do harm."""
    return _UNSEEN.sub("", _BREAK.sub("\n", text)).strip()


def label(text: str, most: int = MAX_LABEL) -> str:
    """`text` as one line of at most `most` characters; what is longer ends with an ellipsis."""
    line = " ".join(_TURNS.sub("", prose(text)).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)
"""What Windows takes for a device, whatever follows: learn.microsoft.com/windows/win32/fileio/naming-a-file"""

_NO_NAME = re.compile(r'[/\\:*?"<>|]')


def file_label(text: str) -> str:
    """`text` as a name, without an extension, that a file can have on every system; may be empty."""
    name = normalized("NFC", _NO_NAME.sub("_", label(text, len(text) + 1)))
    while len(name.encode()) > 180:
        name = name[:-1]
    name = name.strip(" .")
    first = name.partition(".")[0].rstrip()
    return f"{first}-{name.removeprefix(first)}" if DEVICES.fullmatch(first) else name


def base_name(path: str) -> str:
    """What a file is called, after its path on whatever system, in one line."""
    return label(re.split(r"[/\\]", path)[-1])
