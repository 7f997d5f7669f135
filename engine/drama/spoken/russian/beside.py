"""What stands beside Russian writing and tells how it is read."""

import re

from engine.drama.spoken.scanner import Match


def around(match: Match) -> tuple[str, str]:
    """What stands before a match and after it, as far as it matters."""
    return match.string[max(0, match.start() - 60) : match.start()], match.string[match.end() : match.end() + 60]


def stop(match: Match) -> str:
    """A stop, where the dot of what matches ends the sentence too."""
    if not match[0].endswith("."):
        return ""
    after = match.string[match.end() : match.end() + 3]
    return "." if re.match(r"[»”\")]?(?:$| +[«“(—]? ?[А-ЯЁ])", after) else ""
