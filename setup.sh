#!/bin/sh
# Makes .venv with the pinned dependencies; `make run` and `make test` call it when something here has changed.
# usage: setup.sh [test|bench]      PYTHON=… names the Python to use
set -eu
cd "$(dirname "$0")"
purpose=${1:-run}

say() { printf '%s\n' "$*" >&2; }
usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# --- Python ---------------------------------------------------------------------------------------------------------

if [ -n "${PYTHON:-}" ]; then
    usable "$PYTHON" || { say "PYTHON=$PYTHON is not a Python 3.11 or newer."; exit 1; }
else
    # Tried by running them: a version manager may leave a command behind that runs nothing.
    for PYTHON in python3.13 python3.12 python3.11 python3 python3.14 none; do
        usable "$PYTHON" && break
    done
    [ "$PYTHON" != none ] || {
        say "emgui needs Python 3.11 or newer, and none was found. Install one, or name it: make run PYTHON=/path/to/python3"
        exit 1
    }
fi

# --- System packages: on Linux only; elsewhere Qt and Python bring all they need --------------------------------------

qt_libraries='libEGL.so.1:libegl1 libGL.so.1:libgl1 libxkbcommon.so.0:libxkbcommon0 libdbus-1.so.3:libdbus-1-3
    libfontconfig.so.1:libfontconfig1 libglib-2.0.so.0:libglib2.0-0'
x11_libraries='libX11-xcb.so.1:libx11-xcb1 libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-cursor.so.0:libxcb-cursor0
    libxcb-icccm.so.4:libxcb-icccm4 libxcb-image.so.0:libxcb-image0 libxcb-keysyms.so.1:libxcb-keysyms1
    libxcb-randr.so.0:libxcb-randr0 libxcb-render.so.0:libxcb-render0 libxcb-render-util.so.0:libxcb-render-util0
    libxcb-shape.so.0:libxcb-shape0 libxcb-shm.so.0:libxcb-shm0 libxcb-sync.so.1:libxcb-sync1
    libxcb-util.so.1:libxcb-util1 libxcb-xfixes.so.0:libxcb-xfixes0 libxcb-xkb.so.1:libxcb-xkb1'

# Of "library:package" pairs, the packages whose library this Python cannot load.
not_loading() {
    "$PYTHON" - "$@" <<'END'
import sys

try:
    from ctypes import CDLL
except ImportError:  # a minimal Python: take everything for missing, what is there is not installed again
    CDLL = None
for library, package in (pair.split(":") for pair in sys.argv[1:]):
    try:
        CDLL(library)
    except (OSError, TypeError):
        print(package)
END
}

has_inter() {
    find /usr/share/fonts /usr/local/share/fonts "${HOME:-}/.local/share/fonts" "${HOME:-}/.fonts" \
        -iname 'inter*.[ot]t[fc]' 2>/dev/null | grep -q .
}

# Sets needed (nothing works without) and wanted (the look, and a window or a test that may not come).
look_for_missing() {
    needed=$(not_loading $qt_libraries)
    wanted=$(not_loading $x11_libraries)
    if [ -n "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; then
        needed="$needed $wanted" wanted=
    fi
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
        needed="$needed $("$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    has_inter || wanted="$wanted fonts-inter"
    [ "$purpose" != test ] || command -v Xvfb >/dev/null || wanted="$wanted xvfb"
    needed=$(echo $needed) wanted=$(echo $wanted)
}

apt_get() {
    # Waits for the lock: a fresh Debian or Ubuntu likes to upgrade itself just then.
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >/dev/null
}

if [ "$(uname -s)" = Linux ]; then
    look_for_missing
    may_install=no as_root=
    if [ -n "$needed$wanted" ] && command -v apt-get >/dev/null; then
        if [ "$(id -u)" = 0 ]; then
            may_install=yes
        elif sudo -n true 2>/dev/null; then
            may_install=yes as_root='sudo -n'
        fi
    fi
    if [ $may_install = yes ]; then
        say "Installing system packages:" $needed $wanted
        apt_get update || say "The package lists could not be updated; going on with those that are here."
        apt_get install -y --no-install-recommends $needed $wanted ||
            apt_get install -y --no-install-recommends $needed ||
            say "The system packages could not be installed."
        look_for_missing
    fi
    if [ -n "$needed" ]; then
        say "emgui cannot start without some system packages. Install them, then run make again:"
    elif [ -n "$wanted" ]; then
        say "Some system packages are missing; emgui does without them, but is better with them:"
    fi
    if [ -n "$needed$wanted" ]; then
        sudo='sudo '
        [ "$(id -u)" != 0 ] || sudo=
        install="${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends"
        command -v apt-get >/dev/null || install="(by Debian's names, yours may differ)"
        say "    $install" $needed $wanted
    fi
    [ -z "$needed" ] || exit 1
fi

# --- .venv ------------------------------------------------------------------------------------------------------------

if ! { .venv/bin/python -m pip --version >/dev/null 2>&1 && usable .venv/bin/python; }; then
    "$PYTHON" -m venv --clear .venv
fi
extras=
[ "$purpose" != test ] || extras='[test]'
say "Installing the pinned Python packages into .venv (a minute or two the first time) …"
export PIP_DISABLE_PIP_VERSION_CHECK=1
# The pinned setuptools first, and no isolated build: that one would fetch a setuptools of its own choice.
.venv/bin/python -m pip install -q -c constraints.txt setuptools
.venv/bin/python -m pip install -q -c constraints.txt --no-build-isolation -e ".$extras"
.venv/bin/python -c 'import PySide6.QtWidgets' || {
    say "Qt cannot be loaded: install the system library named above, then run make again."
    exit 1
}
say "Compiling what makes large fits fast (some ten seconds the first time) …"
.venv/bin/python -m core.kernels ||
    say "It could not be compiled: emgui does without, and takes several times as long for many rows."

# --- Peers of the benchmark: one by one, for it does without those that cannot be installed here ------------------------

if [ "$purpose" = bench ]; then
    .venv/bin/python - <<'END' | while read -r peer; do
import tomllib

with open("pyproject.toml", "rb") as file:
    print("\n".join(tomllib.load(file)["project"]["optional-dependencies"]["bench"]))
END
        .venv/bin/python -m pip install -q -c constraints.txt --only-binary :all: "$peer" </dev/null ||
            say "$peer cannot be installed here; the benchmark does without it."
    done
fi
