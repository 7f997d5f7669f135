"""The tests themselves: a refusal is known by its code, an assertion has no way out, nothing sleeps by the clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = sorted(TESTS.rglob("*.py"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _is_raises_app_error(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) == "pytest.raises"
        and bool(node.args)
        and "AppError" in ast.unparse(node.args[0])
    )


def refusals_without_a_code(tree: ast.Module) -> Iterator[int]:
    """Lines of `pytest.raises(AppError)` whose function never looks at the `code` of what it caught."""
    for function in ast.walk(tree):
        if not isinstance(function, Function):
            continue
        read = {ast.unparse(n.value) for n in ast.walk(function) if isinstance(n, ast.Attribute) and n.attr == "code"}
        for node in ast.walk(function):
            items = node.items if isinstance(node, ast.With | ast.AsyncWith) else []
            for item in items:
                if _is_raises_app_error(item.context_expr):
                    name = ast.unparse(item.optional_vars) if item.optional_vars else ""
                    if f"{name}.value" not in read:
                        yield node.lineno


def assertions_with_a_way_out(tree: ast.Module) -> Iterator[int]:
    """Lines of `assert a or b`, also as a part of `assert c and (a or b)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            test = node.test
            parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
            if any(isinstance(part, ast.BoolOp) and isinstance(part.op, ast.Or) for part in parts):
                yield node.lineno


def fixed_sleeps(tree: ast.Module) -> Iterator[int]:
    """Lines that wait for a number of seconds, not for what they wait for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in ("sleep", "wait_for_timeout") and node.args and isinstance(node.args[0], ast.Constant):
                yield node.lineno


RULES = {"refusal": refusals_without_a_code, "way out": assertions_with_a_way_out, "sleep": fixed_sleeps}


@pytest.mark.parametrize("rule", RULES)
def test_no_test_breaks_the_rule(rule: str) -> None:
    found = [f"{path.relative_to(TESTS)}:{line}" for path in FILES for line in RULES[rule](parsed(path))]
    assert found == []


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (
            "refusal",
            "def t():\n with pytest.raises(AppError): f()\n"
            "def u():\n with pytest.raises(AppError) as e: f()\n assert e.value.key",
            "def t():\n with pytest.raises(AppError) as e: f()\n assert e.value.code is Code.X",
        ),
        (
            "way out",
            "assert a or b\nassert c and (a or b)",
            "assert (a or b) == c\nassert any((a, b))\nassert f(a or b)",
        ),
        ("sleep", "time.sleep(1)\npage.wait_for_timeout(20)", "time.sleep(POLL_S)\nsleep(x)"),
    ],
)
def test_the_rules_see_what_they_are_for(rule: str, bad: str, good: str) -> None:
    assert len(list(RULES[rule](ast.parse(bad)))) == 2
    assert list(RULES[rule](ast.parse(good))) == []
