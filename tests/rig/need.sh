#!/usr/bin/env bash
# Installs what the tests need and this machine lacks, and nothing else.
#
#   need.sh               everything
#   need.sh postgres node only these: cc postgres redis chromium fonts node python openssl curl shellcheck
#
# Works on Debian 12 and 13 (and what derives from them) as root or with sudo. Anywhere else it says what is missing and
# ends with 1, so that it can be put there by hand.
set -euo pipefail

rig=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=paths.sh
source "$rig/paths.sh"

have() { command -v "$1" >/dev/null 2>&1; }

# Each check answers whether the thing is here.
have_cc() { have cc; }
have_curl() { have curl; }
have_openssl() { have openssl; }
have_shellcheck() { have shellcheck; }
have_redis() { have redis-server; }
have_postgres() { [ -n "$(postgres_bin)" ]; }
have_chromium() { [ -n "$(chromium_path)" ]; }
have_fonts() { have fc-list && [ -n "$(fc-list :lang=zh-cn family)" ]; }
have_python() { have python3 && python3 -c 'import ensurepip, venv' >/dev/null 2>&1; }
have_node() { have node && have npm; }

packages_of() {
    case $1 in
        cc) echo build-essential ;;
        curl) echo curl ca-certificates ;;
        postgres) echo postgresql ;;
        redis) echo redis-server ;;
        chromium) chromium_package ;;
        fonts) echo fontconfig fonts-noto-cjk ;;
        node) echo nodejs npm ;;
        python) echo python3 python3-venv ;;
        *) echo "$1" ;;
    esac
}

# Some releases have the engine without a window as a package of its own; the whole browser does as well.
chromium_package() {
    if apt-cache show chromium-headless-shell >/dev/null 2>&1; then
        echo chromium-headless-shell
    else
        echo chromium
    fi
}

all="cc curl openssl shellcheck redis postgres chromium fonts python node"

fail() {
    printf 'need: %s\n' "$@" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "this needs root, and there is no sudo. Run as root:" "    $*"
    fi
}

install_packages() {
    have apt-get || fail "there is no apt-get here; please install what stands for: $*"
    echo "need: installing $*"
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "$@"
}

# Debian 12 has Node.js 18, too old for the client library and the browser driver. The same program comes as an npm
# package; it goes below target/, where paths.sh puts it first in the search path.
newer_node() {
    local major
    major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
    [ "$major" -ge 20 ] && return 0
    local machine
    case $(uname -m) in
        x86_64) machine=x64 ;;
        aarch64) machine=arm64 ;;
        *) fail "Node.js is $(node --version), the tests need 20 or newer; please install it" ;;
    esac
    echo "need: Node.js is $(node --version); fetching a newer one into ${node_home#"$root"/}"
    npm install --silent --no-audit --no-fund --prefix "$node_home" "node-linux-$machine@22"
    ln -sfn "$node_home/node_modules/node-linux-$machine/bin" "$node_home/bin"
}

wanted=${*:-$all}
missing=()
for thing in $wanted; do
    declare -F "have_$thing" >/dev/null || fail "nothing is called '$thing'; known: $all"
    "have_$thing" && continue
    read -ra names <<<"$(packages_of "$thing")"
    missing+=("${names[@]}")
done
[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"

for thing in $wanted; do
    "have_$thing" || fail "'$thing' is still missing after its packages were installed"
done
case " $wanted " in *" node "*) newer_node ;; esac
