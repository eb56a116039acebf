#!/usr/bin/env bash
# Install the system libraries that wheels cannot carry: Qt's, a virtual screen for tests, OpenMP and a font with the rupee.
#
# Debian and Ubuntu as root: installs what is missing, and asks the package index only then.
# Not root: names what to install, and goes on: a desktop may have it from elsewhere.
set -euo pipefail

[ "$(uname -s)" = Linux ] || exit 0 # macOS wheels bring all they need

# A name may have successors in newer releases: any of "a|b" will do.
packages=(
    # Qt without a screen: all six are needed
    libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 "libglib2.0-0|libglib2.0-0t64"
    # Qt on X11, and a virtual X11 for the tests that take pictures
    libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 xvfb xauth
    fonts-inter # the design's typeface
    libgomp1    # gradient boosting runs on OpenMP
)

if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian: Qt needs its X11 and OpenGL libraries, lightgbm needs OpenMP; see scripts/system_packages.sh for the list." >&2
    exit 0
fi

scripts="$(dirname "$0")"
if ! "$scripts/find_python.sh" >/dev/null 2>&1; then
    packages+=(python3 python3-venv)
fi

installed="$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' 2>/dev/null | awk '$2 == "installed" { print $1 }')"
missing=()
for names in "${packages[@]}"; do
    grep -qxE "${names//./\\.}" <<<"$installed" || missing+=("${names%%|*}")
done

if [ "${#missing[@]}" -eq 0 ]; then
    exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
    echo "Missing system packages; install them with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 0
fi

export DEBIAN_FRONTEND=noninteractive
echo "Installing system packages: ${missing[*]}"
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
