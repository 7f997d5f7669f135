"""What stands beside English writing and tells how it is read."""

import re
from typing import Final

from engine.drama.spoken.scanner import Match

MONTH: Final = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)


_DAYS: Final = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"


def before(match: Match, pattern: str) -> bool:
    """Whether what is before a match ends with a pattern."""
    return re.search(f"(?:{pattern})$", match.string[max(0, match.start() - 30) : match.start()]) is not None


def ends(match: Match) -> str:
    """A stop, where the dot of what matches ends the sentence too."""
    after = match.string[match.end() : match.end() + 12]
    return "." if re.match(rf"[\"”’')]?(?:$| +[\"“‘(]?(?!{_DAYS}|{MONTH})[A-Z])", after) else ""
