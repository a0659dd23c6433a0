"""Arrows between the rooms run one way: what serves many knows nothing of what it serves."""

import ast
from pathlib import Path

import pytest

import labs
from labs.training.scripts import chapters

ROOT = Path(labs.__file__).parents[1]
# From below: each may import from its own room and from those below it. Labs and tools are above.
ROOMS = ("dsutil", "layers", "labs.checking", "labs.tasks", "labs.machines", "labs.runs")
ROOMS += ("labs.board", "labs.training", "labs.analysis")
ABOVE = len(ROOMS)
NEIGHBOURS = {("layers", "dsutil"), ("labs.checking", "layers")}  # strangers
# `lab.train` hands back a run that reads its curves, answers and draws itself.
DOORS_UP = {("labs/training/lab.py", "labs.analysis")}


def room_of(module):
    """The room of a module of ours; None if it is somebody else's."""
    for room in ROOMS:
        if module == room or module.startswith(f"{room}."):
            return room
    return "labs" if module.startswith("labs.") else None  # the package alone is no room


def floor_of(room):
    return ROOMS.index(room) if room in ROOMS else ABOVE


def imports():
    """Yields (file, its room, the room that it imports from)."""
    for package in ("dsutil", "layers", "labs"):
        for path in (ROOT / package).rglob("*.py"):
            own = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
            for module in modules(ast.parse(path.read_bytes())):
                if room := room_of(module):
                    yield path.relative_to(ROOT), own, room


def modules(tree):
    """Yields the modules that a source imports, with the names that may be modules themselves."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if room_of(inner) != room_of(node.module) else node.module


def test_no_arrow_runs_up():
    up = [
        f"{path} imports from {room}"
        for path, own, room in imports()
        if floor_of(room) > floor_of(own) or (own, room) in NEIGHBOURS
        if (path.as_posix(), room) not in DOORS_UP
    ]
    assert up == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_there_and_says_what_it_is(room):
    source = (ROOT / room.replace(".", "/") / "__init__.py").read_bytes()
    assert ast.get_docstring(ast.parse(source))


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.name)
def test_every_chapter_says_what_it_is_about(chapter):
    assert ast.get_docstring(ast.parse((chapter / "__init__.py").read_bytes()))
    assert f"labs.{chapter.name}" not in ROOMS
