"""The Debian package of a built program: its folder below /opt, a command, a desktop entry and icons."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path
from typing import Final

PACKAGE: Final = "trading-cockpit"
"""Debian already has a `cockpit`, which administers servers."""
OPT: Final = Path("opt") / PACKAGE
DEPENDS: Final = (
    "libc6", "libgl1", "libegl1", "libxkbcommon0", "libdbus-1-3", "libfontconfig1", "libglib2.0-0 | libglib2.0-0t64",
    "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0", "libxcb-xkb1", "libxkbcommon-x11-0",
)  # fmt: skip
"""System libraries that Qt asks for and that are not carried along (found by taking them away one at a time)."""
RECOMMENDS: Final = ("fonts-inter", "gnome-keyring | libsecret-1-0")
ICON_PX: Final = (48, 128, 256)
CONTROL: Final = """\
Package: {package}
Version: {version}
Section: misc
Priority: optional
Architecture: {architecture}
Maintainer: The Cockpit founders <founders@cockpit.invalid>
Installed-Size: {kilobytes}
Depends: {depends}
Recommends: {recommends}
Description: desktop trading cockpit for Indian equities
 Streams live prices into charts, scans 614 names every evening, trades two readable
 rules on paper with every Indian charge, and keeps all of it in a ledger.
 .
 A practice market comes with it: no account is needed to begin.
"""
DESKTOP: Final = """\
[Desktop Entry]
Type=Application
Name=Cockpit
GenericName=Trading cockpit
Comment=Charts, scans and paper trading for Indian equities
Exec=/usr/bin/{package}
Icon={package}
Terminal=false
Categories=Office;Finance;
StartupWMClass=cockpit
"""


def built(program: Path, icon: Path, papers: tuple[Path, ...], version: str, out: Path, stamp: int) -> Path:
    """Write the package of the folder `program` into `out` and answer its file.

    `papers` are the licence and notices; every time inside is `stamp` (seconds), so that the same input gives the same
    bytes. Errors: CalledProcessError when dpkg-deb refuses.
    """
    architecture = _said("dpkg", "--print-architecture")
    root = out / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(program, root / OPT, symlinks=True)
    _link(root / "usr/bin" / PACKAGE, Path("/") / OPT / "cockpit")
    _written(root / "usr/share/applications" / f"{PACKAGE}.desktop", DESKTOP.format(package=PACKAGE))
    _icons(icon, root / "usr/share/icons/hicolor")
    documents = root / "usr/share/doc" / PACKAGE
    documents.mkdir(parents=True)
    for paper in papers:
        (documents / f"{paper.name}.gz").write_bytes(gzip.compress(paper.read_bytes(), mtime=0))
    _written(root / "DEBIAN/control", _control(version, architecture, root))
    package = out / f"{PACKAGE}_{version}_{architecture}.deb"
    environment = {"SOURCE_DATE_EPOCH": str(stamp), "PATH": "/usr/bin:/bin"}
    _calm(root)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "-z3", "--build", str(root), str(package)],
        check=True, env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    shutil.rmtree(root)
    return package


def _control(version: str, architecture: str, root: Path) -> str:
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return CONTROL.format(
        package=PACKAGE,
        version=version,
        architecture=architecture,
        kilobytes=size // 1024,
        depends=", ".join(DEPENDS),
        recommends=", ".join(RECOMMENDS),
    )


def _icons(icon: Path, themes: Path) -> None:
    _written(themes / "scalable/apps" / f"{PACKAGE}.svg", icon.read_text(encoding="utf-8"))
    for px in ICON_PX:
        folder = themes / f"{px}x{px}/apps"
        folder.mkdir(parents=True)
        painted(icon, px, folder / f"{PACKAGE}.png")


def painted(icon: Path, px: int, out: Path) -> None:
    """Paint an SVG into a square PNG of `px` pixels."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(px, px, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(icon)).render(painter)
    painter.end()
    image.save(str(out))


def _calm(root: Path) -> None:
    """Give files the rights of any package: readable by all, writable by nobody but root."""
    for path in root.rglob("*"):
        if path.is_symlink():
            continue
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    root.chmod(0o755)


def _link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to(target)


def _written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
