"""Build the installers of this machine: the program folder, a Debian package and a portable archive, into dist/.

`make installer` runs it. The same commit built twice gives the same files; `--compare DIR` says which differ.
"""

from __future__ import annotations

import argparse
import compileall
import hashlib
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent
sys.path.insert(0, str(HERE))

import bundled  # noqa: E402 - beside this file, which is no package
import debian  # noqa: E402

VERSION: Final = re.compile(r'__version__ = "([^"]+)"')
PROBE_S: Final = 120


def main() -> None:
    """Build, try the result once, and print what came out and how large it is."""
    asked = _arguments()
    version = _version()
    stamp = int(os.environ.get("SOURCE_DATE_EPOCH") or _committed_at())
    program = _frozen(asked.out, stamp)
    papers = _papers(asked.out, version)
    for paper in papers:
        shutil.copy(paper, program)
    _tried(program)
    made = [_archive(program, asked.out / f"cockpit-{version}-{sys.platform}.tar.xz", stamp)]
    if shutil.which("dpkg-deb"):
        made.append(debian.built(program, HERE / "icon.svg", papers, version, asked.out, stamp))
    print(f"folder   {program}  {_megabytes(program)} MB")
    for file in made:
        print(f"package  {file}  {file.stat().st_size / 1e6:.0f} MB  sha256 {_digest(file)}")
    if asked.compare:
        _compared(program, asked.compare)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--compare", type=Path, help="A program folder built before, to compare file by file.")
    return parser.parse_args()


def _version() -> str:
    told = VERSION.search((ROOT / "cockpit/__init__.py").read_text(encoding="utf-8"))
    assert told is not None, "cockpit/__init__.py names no version"
    return told[1]


def _committed_at() -> str:
    told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "0"


def _frozen(out: Path, stamp: int) -> Path:
    """Freeze the program and compile its own sources, which are shipped beside their compiled form."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(stamp), "QT_QPA_PLATFORM": "offscreen"}
    command = [
        sys.executable,
        "-m",
        "PyInstaller",
        str(HERE / "pyinstaller.spec"),
        "--noconfirm",
        "--log-level",
        "ERROR",
    ]
    command += ["--distpath", str(out), "--workpath", str(out / "work")]
    subprocess.run(command, check=True, cwd=ROOT, env=environment)
    program = out / "cockpit"
    sources = program / "_internal" / "cockpit"
    compileall.compile_dir(
        sources, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH, stripdir=str(program)
    )
    return program


def _papers(out: Path, version: str) -> tuple[Path, ...]:
    found = bundled.parts(ROOT / "requirements.lock")
    notices, bill = out / "NOTICES", out / "sbom.cdx.json"
    notices.write_text(bundled.notices(found), encoding="utf-8")
    bill.write_text(bundled.bill(found, version), encoding="utf-8")
    return ROOT / "LICENSE", notices, bill


def _tried(program: Path) -> None:
    """Start what was built: a package that cannot load its screen library is no package."""
    for word in ("--version", "probe"):
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        subprocess.run([program / "cockpit", word], check=True, timeout=PROBE_S, env=environment, capture_output=True)


def _archive(program: Path, file: Path, stamp: int) -> Path:
    def plain(row: tarfile.TarInfo) -> tarfile.TarInfo:
        row.uid = row.gid = 0
        row.uname = row.gname = ""
        row.mtime = stamp
        return row

    with tarfile.open(file, "w:xz", preset=3) as archive:
        for path in sorted(program.rglob("*")):
            archive.add(path, Path(file.name.removesuffix(".tar.xz")) / path.relative_to(program), False, filter=plain)
    return file


def _compared(program: Path, other: Path) -> None:
    ours, theirs = dict(_digests(program)), dict(_digests(other))
    differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    print(f"compared {len(ours)} files with {other}: {len(differing)} differ")
    for name in differing:
        print(f"  {name}")
    sys.exit(3 if differing else 0)


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), _digest(path)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _megabytes(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink()) // 1_000_000


if __name__ == "__main__":
    main()
