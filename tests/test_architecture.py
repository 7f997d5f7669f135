"""What docs/ARCHITECTURE.md names exists, and the layers that it draws are those that are checked."""

import re
import tomllib

from engine.settings import PROJECT

PAGE = (PROJECT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
SPANS = sorted(set(re.findall(r"`([^`\n]+)`", PAGE)))
PICTURE = PAGE.split("```")[1]


def sources() -> str:
    folders = (PROJECT / "engine", PROJECT / "tests")
    return "\n".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))


def test_every_path_exists() -> None:
    paths = [s for s in SPANS if re.fullmatch(r"[\w./-]+(/|\.(py|toml|in|txt|json|sh))", s) and not s.startswith("./")]
    there = [s for s in paths if (PROJECT / s).exists() or any(PROJECT.glob(f"engine/*/{s}"))]
    assert len(paths) > 20
    assert [s for s in paths if s not in there and s not in ("params.py", "zh/", "engine/NAME/")] == []


def test_every_class_and_method_exists() -> None:
    text = sources()
    named = [match for span in SPANS if (match := re.fullmatch(r"([A-Z]\w*[a-z]\w*)(?:\.(\w+))?(?:\(.*\))?", span))]
    assert len(named) > 15
    classes = {match[1] for match in named}
    members = {match[2] for match in named if match[2]} | set(re.findall(r"`job\.(\w+)", PAGE))
    assert [name for name in classes if not re.search(rf"^class {name}\b", text, re.MULTILINE)] == []
    assert [name for name in members if not re.search(rf"^    (def )?{name}\b", text, re.MULTILINE)] == []


def test_the_picture_has_the_layers_of_the_contract_in_their_order() -> None:
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    floors = [[name.strip() for name in re.split("[|:]", floor)] for floor in contracts[0]["layers"]]
    place = {name: number for number, floor in enumerate(floors) for name in floor}
    drawn = []
    for line in PICTURE.splitlines():
        if line.startswith("engine/"):
            names = re.split(r"\s{3,}", line)[0].removeprefix("engine/").split()
            drawn.append([name.removesuffix("/").removesuffix(".py") for name in names])
    assert {name for names in drawn for name in names} == set(place)
    numbers = [place[name] for names in drawn for name in names]
    assert numbers == sorted(numbers)
    assert all((PROJECT / "engine" / name).is_dir() or (PROJECT / "engine" / f"{name}.py").is_file() for name in place)


def test_the_readmes_lead_to_it() -> None:
    for file in ("README.md", "README.ru.md", "README.zh.md"):
        assert "(docs/ARCHITECTURE.md)" in (PROJECT / file).read_text(encoding="utf-8")
