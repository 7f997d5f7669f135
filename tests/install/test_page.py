"""From node_modules to static/vendor: which files, and imports that a browser can follow."""

import posixpath
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from install.failure import InstallError
from install.layout import Project
from install.steps.page import SPECIFIER, Package, relative_imports, vendor

ENTRIES = {
    "lit": "index.js",
    "@lit/reactive-element": "reactive-element.js",
    "socket.io-client": "dist/socket.io.esm.min.js",
}


def rewritten(code: str, name: str = "lit/index.js") -> str:
    return relative_imports(code, name, ENTRIES, lambda target: not target.endswith("missing.js"))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('import{a}from"lit";', 'import{a}from"./index.js";'),
        ("import 'lit/directives/live.js'", "import './directives/live.js'"),
        ('import"@lit/reactive-element"', 'import"../@lit/reactive-element/reactive-element.js"'),
        (
            'const a = await import( "socket.io-client" )',
            'const a = await import( "../socket.io-client/dist/socket.io.esm.min.js" )',
        ),
        ('export * from "@lit/reactive-element/css-tag.js"', 'export * from "../@lit/reactive-element/css-tag.js"'),
        ('export{x as y}from"lit/a.js";import z from"lit"', 'export{x as y}from"./a.js";import z from"./index.js"'),
    ],
)
def test_every_form_of_import_becomes_relative(code: str, expected: str) -> None:
    assert rewritten(code) == expected


@pytest.mark.parametrize(
    "code",
    ['import "./lit"', 'from "react"', 'from "lit/missing.js"', 'Array.from("lit")', 'a = "lit"', 'from "https://lit"'],
)
def test_all_else_stays(code: str) -> None:
    assert rewritten(code) == code


@given(
    st.sampled_from(sorted(ENTRIES)),
    st.lists(st.sampled_from(["a", "b", "dist"]), max_size=3),
    st.sampled_from(["", "/directives/live.js"]),
)
def test_the_relative_path_leads_from_any_depth_to_the_file_meant(package: str, folders: list[str], sub: str) -> None:
    name = "/".join(["lit", *folders, "file.js"])
    found = SPECIFIER.search(rewritten(f'import x from "{package}{sub}"', name))
    assert found
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(name), found.group(3)))
    assert reached == package + (sub or f"/{ENTRIES[package]}")
    assert found.group(3).startswith(("./", "../"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    lit = tmp_path / "node_modules/lit"
    (lit / "node").mkdir(parents=True)
    (lit / "index.js").write_text('import "lit/sub.js";\n//# sourceMappingURL=index.js.map\n')
    (lit / "sub.js").write_text("export {};")
    (lit / "LICENSE").write_text("free")
    (lit / "node/unused.js").write_text("")
    return Project(tmp_path)


def test_only_the_named_files_and_the_licence_are_taken(project: Project) -> None:
    sizes = vendor(project, [Package("lit", ("*.js",), "index.js")])
    assert sorted(sizes) == ["lit/LICENSE", "lit/index.js", "lit/sub.js"]
    assert {name: (project.vendor / name).stat().st_size for name in sizes} == sizes
    assert (project.vendor / "lit/index.js").read_text() == 'import "./sub.js";\n\n'


@pytest.mark.parametrize("package", [Package("lit", ("gone.js",), "index.js"), Package("lit", ("sub.js",), "index.js")])
def test_a_failure_leaves_the_old_files_as_they_were(project: Project, package: Package) -> None:
    project.vendor.mkdir(parents=True)
    (project.vendor / "old.js").write_text("old")
    with pytest.raises(InstallError, match=r"vendor\.json"):
        vendor(project, [package])
    assert [path.name for path in project.vendor.iterdir()] == ["old.js"]


def test_what_is_no_longer_named_goes_away(project: Project) -> None:
    vendor(project, [Package("lit", ("*.js",), "index.js")])
    vendor(project, [Package("lit", ("index.js",), "index.js")])
    assert not (project.vendor / "lit/sub.js").exists()
