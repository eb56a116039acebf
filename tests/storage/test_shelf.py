"""The shelf: what is taken is what was put, whatever happened to the files in between, and one version is in use."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit import evening_ports
from cockpit.errors import BadInput
from cockpit.storage import shelf as shelf_file
from cockpit.storage.shelf import FileShelf

FILES = {"trees.txt": b"tree one\n" * 40, "levels.json": b'{"a": 1.5}'}
CARD = {"trained": "2024-06-28", "ic": 0.031, "columns": ["rsi", "roc5"], "words": "Überraschung"}


@pytest.fixture
def shelf(tmp_path: Path) -> FileShelf:
    return FileShelf(tmp_path / "shelf")


def place(shelf: FileShelf, root: Path, version: str) -> Path:
    return next((root / "shelf").glob(f"model/technical/*-{version}"))


def test_a_version_comes_back_byte_for_byte_with_its_card_in_another_process_of_the_shelf(
    shelf: FileShelf, tmp_path: Path
) -> None:
    version = shelf.put("model", "technical", FILES, CARD)
    port: evening_ports.Shelf = FileShelf(tmp_path / "shelf")
    assert port.get("model", "technical", version) == (FILES, CARD)
    assert len(version) == 64


def test_versions_are_told_oldest_first_and_equal_content_is_one_version(shelf: FileShelf) -> None:
    put = [shelf.put("model", "technical", FILES | {"n": bytes([n])}, CARD) for n in (5, 3, 9, 1)]
    again = shelf.put("model", "technical", FILES | {"n": bytes([3])}, CARD)
    assert again == put[1]
    assert list(shelf.versions("model", "technical")) == put
    assert shelf.versions("model", "nobody") == ()


def test_the_version_is_the_content_files_names_and_card_alike(shelf: FileShelf) -> None:
    first = shelf.put("model", "technical", FILES, CARD)
    renamed = {"trees2.txt": FILES["trees.txt"], "levels.json": FILES["levels.json"]}
    others = {
        shelf.put("model", "technical", FILES | {"trees.txt": b"tree two"}, CARD),
        shelf.put("model", "technical", renamed, CARD),
        shelf.put("model", "technical", FILES, CARD | {"ic": 0.032}),
    }
    assert len(others | {first}) == 4
    assert shelf.put("weights", "technical", FILES, CARD) == first


def edited(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("spoil", [edited, cut, Path.unlink], ids=["edited", "cut off", "gone"])
@pytest.mark.parametrize("file", ["trees.txt", "levels.json", "card.json", "manifest.json"])
def test_a_file_that_is_not_what_was_put_is_refused_by_name(
    shelf: FileShelf, tmp_path: Path, file: str, spoil: Callable[[Path], None]
) -> None:
    version = shelf.put("model", "technical", FILES, CARD)
    spoil(place(shelf, tmp_path, version) / file)
    with pytest.raises(BadInput, match=rf"{file}"):
        shelf.get("model", "technical", version)
    with pytest.raises(BadInput, match=rf"{file}"):
        shelf.publish("model", "technical", version)
    assert shelf.published("model", "technical") is None


def test_files_swapped_between_versions_and_files_nobody_put_are_refused(shelf: FileShelf, tmp_path: Path) -> None:
    one = shelf.put("model", "technical", FILES, CARD)
    two = shelf.put("model", "technical", FILES | {"trees.txt": FILES["trees.txt"][::-1]}, CARD)
    a, b = place(shelf, tmp_path, one) / "trees.txt", place(shelf, tmp_path, two) / "trees.txt"
    first, second = a.read_bytes(), b.read_bytes()
    a.write_bytes(second), b.write_bytes(first)
    for version in (one, two):
        with pytest.raises(BadInput, match=r"trees\.txt: its content is not what was put"):
            shelf.get("model", "technical", version)
    three = shelf.put("model", "technical", {"only": b"x"}, {})
    (place(shelf, tmp_path, three) / "more.txt").write_bytes(b"")
    with pytest.raises(BadInput, match=r"more\.txt"):
        shelf.get("model", "technical", three)


def test_a_whole_version_under_another_ones_name_is_refused(shelf: FileShelf, tmp_path: Path) -> None:
    one = shelf.put("model", "technical", FILES, CARD)
    two = shelf.put("model", "technical", {"trees.txt": b"other"}, CARD)
    first, second = place(shelf, tmp_path, one), place(shelf, tmp_path, two)
    for path in first.iterdir():
        path.unlink()
    for path in second.iterdir():
        (first / path.name).write_bytes(path.read_bytes())
    with pytest.raises(BadInput, match=r"manifest\.json: it is not the manifest of this version"):
        shelf.get("model", "technical", one)


def test_a_spoilt_version_can_be_put_again(shelf: FileShelf, tmp_path: Path) -> None:
    version = shelf.put("model", "technical", FILES, CARD)
    (place(shelf, tmp_path, version) / "trees.txt").write_bytes(b"")
    assert shelf.put("model", "technical", FILES, CARD) == version
    assert shelf.get("model", "technical", version)[0] == FILES
    assert shelf.versions("model", "technical") == (version,)


def test_one_version_is_in_use_and_can_be_taken_back_to_an_older_one(shelf: FileShelf) -> None:
    assert shelf.published("model", "technical") is None
    one, two = (shelf.put("model", "technical", {"f": bytes([n])}, {}) for n in (1, 2))
    assert shelf.published("model", "technical") is None
    for version in (one, two, one):
        shelf.publish("model", "technical", version)
        assert shelf.published("model", "technical") == version
    assert shelf.published("model", "sentiment") is None
    with pytest.raises(BadInput, match="no version"):
        shelf.publish("model", "technical", "0" * 64)
    assert shelf.published("model", "technical") == one


@pytest.mark.parametrize("text", ["", "abc", "../../weights", "0" * 63, "0" * 64 + "x"])
def test_a_pointer_that_names_no_version_is_refused(shelf: FileShelf, tmp_path: Path, text: str) -> None:
    shelf.publish("model", "technical", shelf.put("model", "technical", FILES, CARD))
    (tmp_path / "shelf/model/technical/published").write_text(text)
    with pytest.raises(BadInput, match="published"):
        shelf.published("model", "technical")


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "Ünsafe", "UPPER", "-x", "con", "a" * 65, "a\n"])
def test_unsafe_kinds_and_names_are_refused(shelf: FileShelf, name: str) -> None:
    for ask in (
        lambda: shelf.put(name, "technical", FILES, CARD),
        lambda: shelf.put("model", name, FILES, CARD),
        lambda: shelf.get("model", name, "0" * 64),
        lambda: shelf.published(name, "technical"),
    ):
        with pytest.raises(BadInput, match="letters"):
            ask()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"../x": b""},
        {"": b""},
        {".hidden": b""},
        {"a/b": b""},
        {"card.json": b""},
        {"Manifest.json": b""},
        {"aux.txt": b""},
        {"dot.": b""},
        {"Same": b"", "same": b""},
    ],
)
def test_unsafe_files_are_refused_and_leave_nothing_behind(
    shelf: FileShelf, tmp_path: Path, files: dict[str, bytes]
) -> None:
    with pytest.raises(BadInput):
        shelf.put("model", "technical", files, CARD)
    assert not list(tmp_path.rglob("*technical*"))


@pytest.mark.parametrize("card", [{"x": float("nan")}, {"x": b"bytes"}, {"x": {1, 2}}])
def test_a_card_that_is_not_plain_json_is_refused(shelf: FileShelf, card: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="plain JSON"):
        shelf.put("model", "technical", FILES, card)


def test_a_put_that_breaks_off_leaves_no_version_and_no_draft(
    shelf: FileShelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shelf_file.replacing

    def full_disk(path: Path, write: Callable[..., int]) -> int:
        if path.name == "manifest.json":
            raise OSError(28, "No space left on device")
        return whole(path, write)

    monkeypatch.setattr(shelf_file, "replacing", full_disk)
    with pytest.raises(OSError, match="No space"):
        shelf.put("model", "technical", FILES, CARD)
    assert shelf.versions("model", "technical") == ()
    assert list((tmp_path / "shelf/model/technical").iterdir()) == []


def test_many_writers_at_once_lose_nothing(shelf: FileShelf, tmp_path: Path) -> None:
    put: list[str] = []

    def write(n: int) -> None:
        mine = FileShelf(tmp_path / "shelf")
        put.append(mine.put("model", "technical", {"f": bytes([n % 4])}, {}))
        mine.publish("model", "technical", put[-1])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(put) == 12
    assert set(shelf.versions("model", "technical")) == set(put)
    assert all(shelf.get("model", "technical", version) for version in put)
    assert shelf.published("model", "technical") in put


def test_card_and_manifest_are_readable_text(shelf: FileShelf, tmp_path: Path) -> None:
    version = shelf.put("model", "technical", FILES, CARD)
    folder = place(shelf, tmp_path, version)
    assert json.loads((folder / "card.json").read_text(encoding="utf-8")) == CARD
    assert set(json.loads((folder / "manifest.json").read_text())) == {"trees.txt", "levels.json", "card.json"}
