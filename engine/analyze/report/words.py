"""Names, numbers and foreign text as a report in Markdown has them."""

import re
from collections.abc import Iterable, Sequence

from engine.messages import catalogue, translate
from engine.text import label

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~&:@$^=])")
_STARTS = re.compile(r"^(\d+)([.)])|^([-+])")
_WEB = re.compile(r"(?i)www\.")


def plain(text: str) -> str:
    """`text` of a user as one line that Markdown shows as it is: no heading, table, link, HTML or list comes of it."""
    line = _WEB.sub(r"www\\.", _MARKS.sub(r"\\\1", label(text, len(text) + 1)))
    return _STARTS.sub(lambda match: f"{match[1]}\\{match[2]}" if match[1] else f"\\{match[3]}", line)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; cells hold Markdown without bare pipes and breaks."""
    return [f"| {' | '.join(cells)} |" for cells in (headings, ["---"] * len(headings), *rows)]


class ReportWords:
    """One language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._known = catalogue(language)

    def say(self, key: str, /, **values: object) -> str:
        """The sentence `report.KEY`."""
        return translate(f"report.{key}", self.language, **values)

    def named(self, key: str, otherwise: str) -> str:
        """The sentence for `key` where there is one."""
        return translate(key, self.language) if key in self._known else plain(otherwise)

    def tag(self, category: str, name: str) -> str:
        return self.named(f"term.tag.{category}/{name}", name)

    def stem(self, name: str) -> str:
        if f"stem.{name}" not in self._known and name.startswith("no_"):
            return translate("stem.without", self.language, stem=self.stem(name.removeprefix("no_")))
        return self.named(f"stem.{name}", name.replace("_", " "))

    def section(self, name: str) -> str:
        return self.named(f"term.section.{name}", name)

    def key(self, name: str) -> str:
        tonic, _, mode = name.partition(" ")
        if f"term.note.{tonic}" not in self._known or f"term.mode.{mode}" not in self._known:
            return plain(name)
        said = {
            "tonic": translate(f"term.note.{tonic}", self.language),
            "mode": translate(f"term.mode.{mode}", self.language),
        }
        return translate("ui.key", self.language, **said).replace("#", "\\#")

    def number(self, value: float, digits: int = 1) -> str:
        """Rounded, without zeros behind; with a true minus."""
        text = f"{round(value, digits) + 0.0:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        text = text.replace("-", "−")
        return text.replace(".", ",") if self.language == "ru" else text

    def percent(self, share: float) -> str:
        return f"{round(100 * share)}{' ' if self.language == 'ru' else ''}%"


def clock(seconds: float) -> str:
    """83.4 is 1:23, an hour and five seconds 1:00:05."""
    minutes, left = divmod(int(max(0.0, seconds) + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
