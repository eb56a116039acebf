"""The shelf of learned things: versions that never change, proved on every reading, and a pointer to the one in use.

Below the root: `kind/name/000001-<version>/` holds the files as given, `card.json` and `manifest.json`; the version is
the SHA-256 of the manifest, which holds those of all files, so nothing can be edited, swapped or cut off unnoticed.
`kind/name/published` names the version in use and is replaced whole.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from cockpit.errors import BadInput
from cockpit.storage.atomic import replacing, sync_folder

CARD: Final = "card.json"
MANIFEST: Final = "manifest.json"
POINTER: Final = "published"
PLACE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
FILE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}(?<!\.)")
VERSION: Final = re.compile(r"[0-9a-f]{64}")
DEVICES: Final = frozenset({"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))})
"""Names that are no files on Windows, whatever follows their dot."""


class FileShelf:
    """Keep versions below a folder; see `evening_ports.Shelf`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, kind: str, name: str, files: Mapping[str, bytes], card: Mapping[str, Any]) -> str:
        """Keep one version, whole or not at all, and answer its content hash; the same content is kept once.

        Errors: BadInput for names that are not safe on every system, no files at all, or a card that is not plain JSON.
        """
        folder = self._folder(kind, name)
        _check_names(files)
        whole = {**files, CARD: _plain(card)}
        manifest = _manifest(whole)
        version = _hash(manifest)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._is_kept(kind, name, version):
            self._add(folder, version, {**whole, MANIFEST: manifest})
        return version

    def get(self, kind: str, name: str, version: str) -> tuple[Mapping[str, bytes], Mapping[str, Any]]:
        """Answer a version's files and card.

        Errors: BadInput when it is not there, or when a file is not what was put, naming the file.
        """
        place = self._place(kind, name, version)
        if place is None:
            raise BadInput(f"no version {version} of {kind}/{name} is kept in {self._root}")
        manifest = _read(place / MANIFEST)
        if _hash(manifest) != version:
            raise _spoilt(place / MANIFEST, "it is not the manifest of this version")
        promised: Mapping[str, Mapping[str, Any]] = json.loads(manifest)
        strangers = sorted(path.name for path in place.iterdir() if path.name not in {*promised, MANIFEST})
        if strangers:
            raise _spoilt(place / strangers[0], "no such file was put there")
        files = {file: _proved(place / file, said) for file, said in promised.items()}
        card: Mapping[str, Any] = json.loads(files.pop(CARD))
        return files, card

    def versions(self, kind: str, name: str) -> Sequence[str]:
        """Answer all versions kept, oldest first."""
        return tuple(dict.fromkeys(_version_of(path) for path in self._places(kind, name)))

    def publish(self, kind: str, name: str, version: str) -> None:
        """Make `version` the one in use, at one instant; BadInput when it is not kept or does not verify."""
        self.get(kind, name, version)
        replacing(self._folder(kind, name) / POINTER, partial(_write, f"{version}\n".encode()))

    def published(self, kind: str, name: str) -> str | None:
        """Answer the version in use, None when none was ever published.

        Errors: BadInput when the pointer names no version; whether that version still verifies `get` tells.
        """
        pointer = self._folder(kind, name) / POINTER
        if not pointer.exists():
            return None
        version = _read(pointer).decode(errors="replace").strip()
        if not VERSION.fullmatch(version):
            raise _spoilt(pointer, f"{version[:80]!r} is no version")
        return version

    def _folder(self, kind: str, name: str) -> Path:
        for part in (kind, name):
            if not PLACE.fullmatch(part) or part in DEVICES:
                raise BadInput(f"{part!r} given; small letters, digits, _ and - expected, 64 at most")
        return self._root / kind / name

    def _places(self, kind: str, name: str) -> list[Path]:
        return sorted(
            path for path in self._folder(kind, name).glob("[0-9]*-*") if VERSION.fullmatch(_version_of(path))
        )

    def _place(self, kind: str, name: str, version: str) -> Path | None:
        return next((p for p in reversed(self._places(kind, name)) if _version_of(p) == version), None)

    def _is_kept(self, kind: str, name: str, version: str) -> bool:
        try:
            self.get(kind, name, version)
        except BadInput:
            return False  # never kept, or spoilt since: then it is kept again, beside what is left of it
        return True

    def _add(self, folder: Path, version: str, files: Mapping[str, bytes]) -> None:
        draft = Path(tempfile.mkdtemp(dir=folder, prefix=".draft-"))
        try:
            for file, content in files.items():
                replacing(draft / file, partial(_write, content))
            number = max((int(p.name.partition("-")[0]) for p in folder.glob("[0-9]*-*")), default=0) + 1
            place = folder / f"{number:06d}-{version}"
            try:
                draft.rename(place)
            except OSError:
                if not place.is_dir():
                    raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)  # gone already, unless something failed or another was faster
        sync_folder(folder)


def _write(content: bytes, file: IO[bytes]) -> int:
    return file.write(content)


def _version_of(path: Path) -> str:
    return path.name.partition("-")[2]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _manifest(files: Mapping[str, bytes]) -> bytes:
    said = {file: {"sha256": _hash(content), "bytes": len(content)} for file, content in files.items()}
    return json.dumps(said, sort_keys=True, indent=1).encode()


def _plain(card: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(dict(card), sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError) as fault:
        raise BadInput(f"the card is no plain JSON: {fault}") from fault


def _check_names(files: Mapping[str, bytes]) -> None:
    if not files:
        raise BadInput("no files given; a version holds at least one")
    for file in files:
        if not FILE.fullmatch(file) or file.partition(".")[0].lower() in DEVICES or file.lower() in {CARD, MANIFEST}:
            raise BadInput(
                f"file name {file!r} given; letters, digits, . _ and - expected, {CARD} and {MANIFEST} are ours"
            )
    if len({file.lower() for file in files}) != len(files):
        raise BadInput(
            f"{sorted(files)} given; two names differ only in capitals, which some systems cannot tell apart"
        )


def _proved(path: Path, said: Mapping[str, Any]) -> bytes:
    content = _read(path)
    if len(content) != said["bytes"]:
        raise _spoilt(path, f"{len(content)} bytes found, {said['bytes']} were put")
    if _hash(content) != said["sha256"]:
        raise _spoilt(path, "its content is not what was put")
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise _spoilt(path, f"it cannot be read: {fault.strerror}") from fault


def _spoilt(path: Path, why: str) -> BadInput:
    return BadInput(
        f"{path.parent.name}/{path.name}: {why}",
        remedy="Publish an older version, or make this one again; a version that does not verify is never used.",
    )
