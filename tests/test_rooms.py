"""The house: who may import whom. Each room only those on floors below it, and none in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import normstats

ROOT = Path(normstats.__file__).parent

# From the top floor to the ground; docs/design.md says what each room is for.
FLOORS = (
    ("__init__", "__main__"),
    ("cli",),
    ("check",),
    ("tables", "claims"),
    ("api",),
    ("reports", "plots"),
    ("published",),
    ("long",),
    ("cluster",),
    ("perform", "progress", "parts"),
    ("kinds",),
    ("networks",),
    ("registry",),
    ("families",),
    ("layer",),
    ("engine",),
    ("reference", "moments"),
    ("result",),
    ("runs",),
    ("sampling",),
    ("kernels",),
    ("values", "frozen", "numerals", "parameters", "interrupts", "files"),
    ("errors",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def room_of(module: str) -> str:
    """``normstats.engine.job`` is in the room ``engine``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module of the package that a file imports, wherever in it, with the line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names if a.name.startswith("normstats"))
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide where they lead"
            if node.module == "normstats":
                for alias in node.names:
                    inside = (ROOT / alias.name).is_dir() or (ROOT / f"{alias.name}.py").exists()
                    yield node.lineno, f"normstats.{alias.name}" if inside else "normstats"
            elif node.module and node.module.startswith("normstats."):
                yield node.lineno, node.module


def misplaced(root: Path) -> list[str]:
    """Imports that lead up, or to another room of the same floor."""
    found = []
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        room = place.parts[0].removesuffix(".py")
        for line, module in imports(path):
            other = room_of(module)
            # The version is all that the package itself has to give.
            if other in (room, "__init__") or (room, other) == ("__init__", "api"):
                continue
            if FLOOR[other] <= FLOOR[room]:
                found.append(f"{place}:{line}: {room} imports {other}")
    return found


def test_every_room_has_its_floor() -> None:
    there = {
        path.name.removesuffix(".py")
        for path in ROOT.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert there == set(FLOOR)


def test_imports_lead_down() -> None:
    assert misplaced(ROOT) == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("engine", "from normstats.layer.base import Layer"),
        ("reference", "from normstats import registry"),
        ("moments", "import normstats.reference.normal"),
        ("kernels", "def late():\n    from normstats.sampling import bits"),
    ],
)
def test_an_import_that_leads_up_is_found(tmp_path: Path, room: str, line: str) -> None:
    (tmp_path / room).mkdir()
    (tmp_path / room / "wrong.py").write_text(line + "\n")
    assert len(misplaced(tmp_path)) == 1
