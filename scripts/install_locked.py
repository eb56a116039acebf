"""Install one lock file and the project itself into the virtual environment this script runs in.

Every package is checked against the hashes of the lock, whoever installs it. The fast installer (uv, itself installed
from a lock) reads no pip configuration, so the index and the certificates a machine names for pip are handed on to it.
When it cannot serve on this machine, the reason is printed and pip does the same work in about a minute.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
INSTALL_LOCK = REPO / "requirements-install.lock"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
QUIETLY = ["--quiet", "--quiet"]  # errors only: a machine may list package folders that hold none of ours

# how pip's settings are called by the fast installer
TRANSLATED = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}


def main() -> int:
    """Install the lock file named on the command line, then the project, editable and without dependencies."""
    if sys.prefix == sys.base_prefix:
        print("Run this with the virtual environment's Python: `make setup` does.", file=sys.stderr)
        return 2
    lock = REPO / sys.argv[1]
    _run(
        [*PIP, "install", *QUIETLY, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(INSTALL_LOCK)]
    )
    try:
        _install_fast(lock)
    except subprocess.CalledProcessError as refusal:
        print(f"The fast installer gave up ({refusal}); installing the same lock with pip.", file=sys.stderr)
        _install_with_pip(lock)
    return 0


def _install_fast(lock: Path) -> None:
    uv = [sys.executable, "-m", "uv", "--no-config", "pip", "install", "--quiet", "--python", sys.executable]
    environment = {**os.environ, **_settings_of_pip(), "UV_HTTP_TIMEOUT": "180"}
    _run([*uv, "--require-hashes", "--no-deps", "--no-build", "-r", str(lock)], environment)
    _run([*uv, "--no-deps", "--no-build-isolation", "--editable", str(REPO)], environment)


def _install_with_pip(lock: Path) -> None:
    install = [*PIP, "install", *QUIETLY, "--no-deps"]
    _run([*install, "--require-hashes", "--only-binary", ":all:", "-r", str(lock)])
    _run([*install, "--no-build-isolation", "--editable", str(REPO)])


def _settings_of_pip() -> dict[str, str]:
    listing = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True, check=True).stdout
    settings: dict[str, str] = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        name = key.rpartition(".")[2]
        if name in TRANSLATED and TRANSLATED[name] not in os.environ:
            settings[TRANSLATED[name]] = value.strip("'\"")
    return settings


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, cwd=REPO, env=environment)


if __name__ == "__main__":
    sys.exit(main())
