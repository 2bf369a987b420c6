#!/usr/bin/env bash
# Gives this checkout its .venv: the pinned tools, and stackctl itself as an editable install. Does nothing, and needs no
# network, where the venv already stands for the present requirements/dev.txt, pyproject.toml and folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
    printf 'venv: %s\n' "$@" >&2
    exit 1
}

# Other people's settings that would lead an installation elsewhere.
unset PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_REQUIRE_VIRTUALENV=0

# Two at once (`make check` in two terminals): the second waits and then finds it done. macOS has no flock.
exec 9<pyproject.toml
! command -v flock >/dev/null || flock 9

stamp=.venv/stackctl.stamp
digest() { printf '%s ' "$(cksum <requirements/dev.txt)" "$(cksum <pyproject.toml)" "$PWD"; }
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(digest)" ] && .venv/bin/python -c '' 2>/dev/null; then
    echo "venv: .venv is up to date"
    exit 0
fi

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13 python3.14 /usr/bin/python3; do
        if command -v "$candidate" >/dev/null && new_enough "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}
python=$(find_python) || die "no Python 3.11 or newer found; on Debian 12 or newer run: apt-get install python3 python3-venv"

if ! "$python" -c 'import ensurepip, venv; ensurepip.version()' >/dev/null 2>&1; then # Debian keeps both in packages of their own
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        die "$python cannot make a venv: install python3-venv (Debian, Ubuntu: sudo apt-get install $package)"
    fi
    echo "venv: installing $package"
    apt() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@" </dev/null 9<&-; }
    apt install -y --no-install-recommends "$package" >/dev/null 2>&1 || {
        apt update
        apt install -y --no-install-recommends "$package" >/dev/null
    } || die "$package could not be installed; the lines above say why"
fi

# A venv knows its folder and its Python by their full paths: one that was moved, or whose Python went, is made anew.
if [ "$(cat .venv/stackctl.folder 2>/dev/null)" != "$PWD" ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    echo "venv: making .venv with $("$python" --version) ($python)"
    "$python" -m venv --clear .venv
    printf '%s' "$PWD" >.venv/stackctl.folder
fi
rm -f "$stamp"
pip() { .venv/bin/python -m pip --quiet --no-input "$@"; }
echo "venv: installing the pinned tools"
pip install --require-hashes --requirement requirements/dev.txt
echo "venv: installing stackctl (editable)"
pip install --no-deps --no-build-isolation --editable .
.venv/bin/python -m pip check >/dev/null || die "the pinned packages do not fit together: .venv/bin/python -m pip check"
digest >"$stamp"
