"""The files of the project, as the rules read them."""

import ast
import os
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from config.home import PROJECT
from tests.house.floors import MAY_LOOK_AT

ROOMS = set(MAY_LOOK_AT)
IGNORED = [line.rstrip("/") for line in (PROJECT / ".gitignore").read_text().split()]


@cache
def files() -> list[Path]:
    """Everything that is or will be committed, relative to the project; git itself need not be there."""
    found = []
    for folder, folders, names in os.walk(PROJECT):
        folders[:] = [name for name in folders if not is_ignored(name)]
        found += [(Path(folder) / name).relative_to(PROJECT) for name in names if not is_ignored(name)]
    return sorted(found)


def is_ignored(name: str) -> bool:
    return name == ".git" or any(fnmatch(name, pattern) for pattern in IGNORED)


def product_files() -> list[Path]:
    """The Python of the rooms and of manage.py, but for migrations, written once."""
    return [
        path
        for path in files()
        if path.suffix == ".py" and is_product(path) and "migrations" not in path.parts
    ]


def files_of_tests() -> list[Path]:
    return [path for path in files() if path.suffix == ".py" and not is_product(path)]


def is_product(path: Path) -> bool:
    return path.parts[0] in ROOMS or path == Path("manage.py")


def room_of(path: Path) -> str:
    return path.parts[0]


def text_of(path: Path) -> str:
    return (PROJECT / path).read_text()


def functions_in(source: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
