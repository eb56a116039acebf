"""What the package carries of others: their licence notices as one text, and the bill of materials as CycloneDX."""

from __future__ import annotations

import hashlib
import importlib.metadata as metadata
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)")
HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
LICENCE_FILES: Final = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
UNTOLD: Final = "not stated by its package"


@dataclass(frozen=True, slots=True)
class Part:
    """One package of others, as the lock pins it."""

    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]
    """SHA-256 of the files that the lock allows, hex."""
    texts: tuple[str, ...]


def parts(lock: Path) -> tuple[Part, ...]:
    """Answer the packages of a lock that are installed here, by name.

    One that the lock names for another system is not installed and is left out.
    """
    found = []
    for name, version, hashes in _pins(lock):
        try:
            told = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found.append(Part(name, version, _licence(told), hashes, tuple(_texts(told))))
    return tuple(sorted(found, key=lambda part: part.name.lower()))


def notices(found: Sequence[Part]) -> str:
    """Answer the licence notices of `found` as one text."""
    lines = ["This program carries the following works of others, under their own licences.", ""]
    lines += [f"{part.name} {part.version}: {part.licence}" for part in found]
    for part in found:
        for text in part.texts:
            lines += ["", "=" * 100, f"{part.name} {part.version}", "=" * 100, "", text.strip()]
    return "\n".join(lines) + "\n"


def bill(found: Sequence[Part], version: str) -> str:
    """Answer the bill of materials as CycloneDX 1.6; nothing in it depends on when it was made."""
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {"type": "application", "name": "cockpit", "version": version}},
            "components": [_component(part) for part in found],
        },
        indent=2,
        sort_keys=True,
    )


def _component(part: Part) -> Mapping[str, Any]:
    purl = f"pkg:pypi/{part.name.lower()}@{part.version}"
    return {
        "type": "library",
        "name": part.name,
        "version": part.version,
        "purl": purl,
        "bom-ref": hashlib.sha256(purl.encode()).hexdigest()[:16],
        "licenses": [{"license": {"name": part.licence}}],
        "hashes": [{"alg": "SHA-256", "content": value} for value in part.hashes],
    }


def _pins(lock: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    entry = ""
    for line in [*lock.read_text(encoding="utf-8").splitlines(), "end==0"]:
        if PINNED.match(line):
            if told := PINNED.match(entry):
                yield told[1], told[2], tuple(HASH.findall(entry))
            entry = line
        else:
            entry += "\n" + line


def _licence(told: metadata.Distribution) -> str:
    about = told.metadata.json  # lists and texts by lower-case field
    named = str(about.get("license_expression") or "")
    kinds = [c.rpartition(" :: ")[2] for c in about.get("classifier", ()) if c.startswith("License ::")]
    words = str(about.get("license") or "").strip().partition("\n")[0]
    return named or ", ".join(kinds) or words or UNTOLD


def _texts(told: metadata.Distribution) -> Iterator[str]:
    for file in told.files or ():
        inside = any(part.endswith(".dist-info") for part in file.parts)
        if inside and LICENCE_FILES.search(file.name) and (path := Path(str(told.locate_file(file)))).is_file():
            yield path.read_text(encoding="utf-8", errors="replace")
