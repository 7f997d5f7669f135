"""What follows from the code: parts of the documentation, and the catalogue of the names that music has.

`python -m engine.documentation` writes them.

A part stands between `<!-- NAME: made by python -m engine.documentation -->` and `<!-- end of NAME -->`.
"""

import json
import re
from collections.abc import Callable, Sequence

from engine.commands import built_in
from engine.dashboard import dashboard
from engine.generate.composer import words as vocabulary
from engine.messages import CATALOGUES, LANGUAGES, catalogue
from engine.metrics import METRICS
from engine.models import MODELS
from engine.parameters import OutputParams, describe
from engine.settings import PROJECT, Settings
from engine.tag.search.labels import titles

READMES = {"README.md": "en", "README.ru.md": "ru", "README.zh.md": "zh"}

HEADINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "settings": {
        "en": ("Flag", "Environment", "Default", "Meaning"),
        "ru": ("Флаг", "Переменная", "По умолчанию", "Значение"),
        "zh": ("参数", "环境变量", "默认值", "含义"),
    },
    "parameters": {
        "en": ("Parameter", "Default", "Values", "Meaning"),
        "ru": ("Параметр", "По умолчанию", "Значения", "Смысл"),
        "zh": ("参数", "默认值", "取值", "含义"),
    },
    "examples": {
        "en": ("Type this", "It plays"),
        "ru": ("Введите", "Прозвучит"),
        "zh": ("输入", "你会听到"),
    },
    "models": {
        "en": ("Model", "For", "Size", "Licence", "Commercial use"),
        "ru": ("Модель", "Для команд", "Размер", "Лицензия", "Коммерчески"),
        "zh": ("模型", "用于", "大小", "许可", "可商用"),
    },
}
YES_NO = {"en": ("yes", "no"), "ru": ("да", "нет"), "zh": ("是", "否")}


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def settings_table(language: str) -> str:
    """Every setting with its flag, environment variable, default and meaning."""
    rows = []
    for row in describe(Settings):
        name = row["name"]
        flag = f"--{name.replace('_', '-')}"
        if row["default"] in ("True", "False"):
            flag = f"{flag} / --no-{flag[2:]}"
        default = row["default"].replace(str(PROJECT), ".")
        meaning = catalogue(language).get(f"setting.{name}", row["meaning"])
        rows.append((f"`{flag}`", f"`AUDIOCRAFT_WEBUI_{name.upper()}`", f"`{default}`" if default else "", meaning))
    return _table(HEADINGS["settings"][language], rows)


def parameters_tables(language: str) -> str:
    """Every command with its parameters."""
    parts = []
    words = catalogue(language)
    for command in built_in().values():
        rows = []
        for row in describe(command.params):
            name = row["name"]
            group = "output" if name in OutputParams.model_fields else command.name
            meaning = words.get(f"param.{group}.{name}.hint", row["meaning"])
            rows.append((f"`{name}`", f"`{row['default']}`" if row["default"] else "", row["limits"], meaning))
        summary = words.get(f"command.{command.name}.summary", command.summary)
        parts.append(f"**`/{command.name}`** {summary}\n\n{_table(HEADINGS['parameters'][language], rows)}")
    return "\n\n".join(parts)


def examples_table(language: str) -> str:
    """Pieces of the composer to be made again, and what their scores hold."""
    from engine.generate.composer.scores import score_of
    from engine.generate.examples import EXAMPLES

    rows = []
    for example in EXAMPLES:
        score = score_of(example)
        players = dict.fromkeys(part.instrument.name for part in score.parts)
        facts = (f"{score.key.name}, {score.tempo_bpm:.4g} bpm, {score.metre.name}", ", ".join(players))
        rows.append((f"`{example.line}`", ": ".join(facts)))
    return _table(HEADINGS["examples"][language], rows)


def models_table(language: str) -> str:
    """Every model of the catalogue with its size and licence."""
    yes, no = YES_NO[language]
    rows = [
        (
            f"`{model.id}` {model.title}",
            " ".join(f"`/{name}`" for name in model.commands),
            model.size_text,
            f"[{model.licence}]({model.licence_url})" if model.licence_url else model.licence,
            yes if model.commercial_use else no,
        )
        for model in MODELS.values()
    ]
    return _table(HEADINGS["models"][language], rows)


def metrics_table(_language: str) -> str:
    """Every metric with its kind, labels and meaning."""
    rows = [
        (f"`{metric.name}`", metric.kind, " ".join(f"`{label}`" for label in metric.labels), metric.help)
        for metric in METRICS.values()
    ]
    return _table(("Metric", "Kind", "Labels", "Meaning"), rows)


PARTS: dict[str, Callable[[str], str]] = {
    "settings": settings_table,
    "parameters": parameters_tables,
    "examples": examples_table,
    "models": models_table,
}
"""What every README has."""

MONITORING = "docs/monitoring.md"
DASHBOARD = "deploy/dashboard.json"
OTHERS: dict[str, Callable[[str], str]] = {"metrics": metrics_table}


def dashboard_file() -> str:
    return json.dumps(dashboard(), indent=2) + "\n"


def renewed(text: str, language: str) -> str:
    """`text` with every made part made again."""
    for name, make in {**PARTS, **OTHERS}.items():
        begin, end = f"<!-- {name}: made by python -m engine.documentation -->", f"<!-- end of {name} -->"
        part = f"{begin}\n{make(language)}\n{end}"
        made = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        text = part.join(made.split(text))
    return text


def terms(language: str) -> str:
    """The catalogue `terms.json`: `term.KIND.NAME`, by the names that records hold -> the name in this language."""
    at = LANGUAGES.index(language)
    found = {
        f"term.{kind}.{name}": shown[at] for kind, table in vocabulary.names().items() for name, shown in table.items()
    }
    found |= {f"term.tag.{name}": title for name, title in titles(language).items()}
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    for language in LANGUAGES:
        (CATALOGUES / language / "terms.json").write_text(terms(language), encoding="utf-8")
    for file, language in {**READMES, "MODEL_LICENSES.md": "en", MONITORING: "en"}.items():
        path = PROJECT / file
        path.write_text(renewed(path.read_text(encoding="utf-8"), language), encoding="utf-8")
    (PROJECT / DASHBOARD).write_text(dashboard_file(), encoding="utf-8")
