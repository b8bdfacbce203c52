"""The rules of the house, held against the code: layers, purity, sizes, words and time."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("classifiers", "knowledge", "bot")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

#: Layer -> what it may import beside itself and the standard library's and outside packages.
BELOW = {
    "classifiers": (),
    "knowledge": ("classifiers",),
    "bot": ("knowledge", "classifiers"),
}

#: Rooms of bot from the top down; a room imports only rooms further down or in its own row.
ROOMS = (
    ("__main__",),
    ("cli",),
    ("compose",),
    ("slack", "console"),
    ("hooks",),
    ("texts", "services", "storage"),
    ("ports",),
    ("traffic", "personal"),
    ("dialogue",),
    ("triage", "extents", "tickets", "labelling", "learning"),
    ("authorisation", "language"),
    ("settings", "logs"),
    ("errors", "clock"),
)

#: Outside package -> the only files (by prefix) that may import it.
GUARDED = {
    "slack_bolt": ("bot/slack/",),
    "slack_sdk": ("bot/slack/",),
    "sqlite_utils": ("bot/storage/sqlite/",),
    "sqlite3": ("bot/storage/sqlite/",),
    "sklearn": ("classifiers/estimators.py", "classifiers/training.py", "classifiers/evaluation.py"),
    "typer": ("bot/cli/", "bot/__main__.py"),
}

#: Names that a room must not have.
NAMELESS = {"utils", "common", "helpers", "manager", "misc"}

JAPANESE = re.compile("[\u3041-\u30fa\u30fd-\u30ff\u31f0-\u31ff\u4e00-\u9fff\uff66-\uff9d]")
MAX_LINES = 350
MAX_FUNCTION_LINES = 60


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _row(room: str) -> int:
    return next(number for number, row in enumerate(ROOMS) if room in row)


def _room(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and any(parts[1] in row for row in ROOMS) else None


def test_packages_import_one_way() -> None:
    wrong = [
        (_name(path), module)
        for path in FILES
        for module in _imports(path)
        if module.split(".")[0] in PACKAGES
        and module.split(".")[0] != path.relative_to(ROOT).parts[0]
        and module.split(".")[0] not in BELOW[path.relative_to(ROOT).parts[0]]
    ]
    assert wrong == []


def test_rooms_of_the_bot_import_downwards() -> None:
    wrong = []
    for path in FILES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] != "bot" or parts[1:] == ("__init__",):
            continue
        own = _row(parts[1])
        for module in _imports(path):
            room = _room(module) if module.split(".")[0] == "bot" else None
            if room is not None and _row(room) < own:
                wrong.append((_name(path), module))
    assert wrong == []


def test_every_room_of_the_bot_has_a_row() -> None:
    found = {
        path.relative_to(ROOT / "bot").parts[0].removesuffix(".py") for path in (ROOT / "bot").rglob("*.py")
    }
    assert found - {"__init__"} <= {room for row in ROOMS for room in row}


@pytest.mark.parametrize("package", sorted(GUARDED))
def test_outside_package_is_imported_only_where_it_belongs(package: str) -> None:
    wrong = [
        _name(path)
        for path in FILES
        if any(module.split(".")[0] == package for module in _imports(path))
        and not _name(path).startswith(GUARDED[package])
    ]
    assert wrong == []


def test_nothing_loads_pickles() -> None:
    loading = re.compile(r"joblib\.(?:load|dump)|allow_pickle=True")
    modules = {"pickle", "shelve", "marshal", "dill", "cloudpickle"}
    wrong = [
        _name(path)
        for path in FILES
        if {module.split(".")[0] for module in _imports(path)} & modules
        or loading.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_rooms_have_names() -> None:
    assert [_name(path) for path in FILES if path.stem in NAMELESS] == []


def test_every_module_says_what_it_decides() -> None:
    assert [_name(path) for path in FILES if not ast.get_docstring(_tree(path))] == []


def test_files_stay_readable() -> None:
    long = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: lines for name, lines in long.items() if lines > MAX_LINES} == {}


def test_functions_stay_short() -> None:
    long = [
        f"{_name(path)}:{node.lineno} {node.name}"
        for path in FILES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_japanese_stands_only_in_texts_and_data() -> None:
    wrong = [
        f"{_name(path)}:{node.lineno}"
        for path in FILES
        if not _name(path).startswith("bot/texts/")
        for node in _literals(path)
        if JAPANESE.search(node.value) and JAPANESE.search(_written(path, node))
    ]
    assert wrong == []


def _written(path: Path, node: ast.Constant) -> str:
    """Return a literal as it stands in the file: escaped ranges of characters are no words."""
    return ast.get_source_segment(path.read_text(encoding="utf-8"), node) or ""


def _literals(path: Path) -> Iterator[ast.Constant]:
    """Yield string literals that are not docstrings: those are documentation."""
    tree = _tree(path)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


def test_only_one_place_reads_the_clock() -> None:
    clock = re.compile(r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|time\.time)\(")
    wrong = [
        _name(path)
        for path in FILES
        if _name(path) != "bot/clock.py" and clock.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_sql_is_never_built_from_values() -> None:
    wrong = []
    for path in (ROOT / "bot" / "storage" / "sqlite").glob("*.py"):
        for node in ast.walk(_tree(path)):
            built = isinstance(node, ast.JoinedStr) or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "format"
                and isinstance(node.func.value, ast.Constant)
            )
            text = ast.unparse(node) if built else ""
            if re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|PRAGMA|WHERE)\b", text):
                wrong.append(f"{path.name}:{node.lineno}")
    assert wrong == []


def test_top_level_holds_nothing_else() -> None:
    allowed = {
        "pyproject.toml",
        "bot",
        "classifiers",
        "knowledge",
        "tests",
        "manifest.yml",
        "README.md",
        "LICENSE",
    }
    ours = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    built = {"uv.lock", "build", "dist", "htmlcov"}
    assert ours - allowed - built == {name for name in ours if name.endswith(".egg-info")}


#: Needs a peer that is not installed beside us.
PEERS = {"peer_spacy.py"}
BENCHES = sorted(path for path in (ROOT / "tests" / "bench").rglob("*.py") if path.name not in PEERS)


@pytest.mark.parametrize("path", BENCHES, ids=lambda path: path.stem)
def test_every_bench_can_be_started(path: Path) -> None:
    """What a bench calls is still there: nobody runs them day by day."""
    spec = importlib.util.spec_from_file_location(f"bench_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
