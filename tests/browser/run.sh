#!/usr/bin/env bash
# Drives real Chromium against a demo of its own.
#
#   run.sh [ARGUMENT…]              journeys and ways to sign in; arguments go to `node --test`, as --test-name-pattern=consent
#   run.sh screenshots [FOLDER]     a picture of every page, two sizes, two languages (default target/screenshots)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../rig/paths.sh
source "$here/../rig/paths.sh"
CHROMIUM=${CHROMIUM:-$(chromium_path)}
[ -n "$CHROMIUM" ] || { echo "browser: there is no Chromium; run tests/rig/need.sh chromium" >&2; exit 1; }
export CHROMIUM

cd "$here"
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent

if [ "${1:-}" = screenshots ]; then
    gallery=$target/rig/gallery
    (cd "$root" && cargo run --quiet --example gallery -- "$gallery")
    exec node screenshots.mjs "$gallery" "${2:-$target/screenshots}"
fi
if [ -z "${HUFU_DEMO_DIR:-}" ]; then
    exec "$here/../rig/demo.sh" "$here/run.sh" "$@"
fi
read -ra journeys <<<"${JOURNEYS:-journeys.test.mjs ways.test.mjs}"
node --test --test-reporter=spec "$@" "${journeys[@]}"
