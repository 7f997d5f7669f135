"""Traditional Chinese read as simplified, a character for a character: what the rules know is written simplified."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def _simple() -> dict[int, str]:
    """OpenCC's table of characters (Apache-2.0, in the package); empty where it is not installed."""
    spec = find_spec("opencc")
    if spec is None or spec.origin is None:
        return {}
    table = Path(spec.origin).parent / "dictionary" / "TSCharacters.txt"
    pairs = (line.split("\t") for line in table.read_text("utf-8").splitlines() if "\t" in line)
    return {ord(old): new.split()[0] for old, new in pairs if len(old) == 1 and len(new.split()[0]) == 1}


def simplified(text: str) -> str:
    """As many code points as `text` has."""
    return text.translate(_simple())


class Spelling:
    """How a text writes what was found in it, simplified."""

    def __init__(self, source: str) -> None:
        self._source, self._simple = source, simplified(source)

    def of(self, name: str) -> str:
        at = self._simple.find(name)
        return name if at < 0 else self._source[at : at + len(name)]
