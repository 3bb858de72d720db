# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the scripts beside it share; sourced by bash, does nothing by itself. Each function looks first
# and acts only where something is missing, so that a second run takes a second.

set -euo pipefail

ringmaster_source="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# packages_of GROUP...: the names of the packages of these groups.
packages_of() {
    local group
    for group in "$@"; do
        awk -v group="$group" '$1 == group { print $2 }' "$ringmaster_source/packaging/debian-packages.txt"
    done
}

# missing_packages GROUP...: those of them that are not installed.
missing_packages() {
    local -a wanted
    mapfile -t wanted < <(packages_of "$@")
    # dpkg-query fails for names that it has never heard of, and still prints the others.
    comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
            awk '$1 == "installed" { print $2 }' | sort -u)
}

can_be_root() { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }

# as_root COMMAND...: runs it as root, through sudo where need be.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# need_packages GROUP...: installs what is missing of these groups.
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "This is not a Debian system: install what packaging/debian-packages.txt names yourself. Going on."
        return
    fi
    local -a missing
    mapfile -t missing < <(missing_packages "$@")
    if [ ${#missing[@]} = 0 ]; then
        return
    fi
    if ! can_be_root; then
        fail "These Debian packages are missing, and only root may install them (there is no sudo here):" \
            "    ${missing[*]}" \
            "Nothing was changed. As root, run:" \
            "    apt-get update && apt-get install --no-install-recommends ${missing[*]}" \
            "and then start this script again."
    fi
    say "Installing Debian packages: ${missing[*]}"
    as_root apt-get update -q ||
        fail "apt-get update failed; its message is above. Nothing was installed."
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" ||
        fail "apt-get could not install: ${missing[*]}" \
            "Its message is above. Packages of these names are in Debian 12 (bookworm)."
}

# configure PRESET: lays out build/PRESET, if that was not done or the presets have changed since.
configure() {
    local preset="$1" build="$ringmaster_source/build/$1"
    if [ -f "$build/build.ninja" ] && [ "$build/.configured" -nt "$ringmaster_source/CMakePresets.json" ]; then
        return
    fi
    say "Configuring build/$preset"
    (cd "$ringmaster_source" && cmake --preset "$preset" >&2)
    touch "$build/.configured"
}

# build PRESET [TARGET...]: compiles what is out of date; all, where no target is named.
build() {
    local preset="$1"
    shift
    configure "$preset"
    ninja -C "$ringmaster_source/build/$preset" "${@:-all}" >&2 ||
        fail "The build of build/$preset failed; the compiler's message is above."
}
