#!/usr/bin/env bash
# Drives real Chromium against a demo of its own.
#
#   run.sh [ARGUMENT…]              journeys; arguments go to `node --test`, as --test-name-pattern=consent. JOURNEYS names files
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

if [ -z "${HUFU_GALLERY:-}" ]; then
    HUFU_GALLERY=$target/rig/gallery
    (cd "$root" && cargo run --quiet --example gallery -- "$HUFU_GALLERY")
    export HUFU_GALLERY
fi
if [ "${1:-}" = screenshots ]; then
    exec node screenshots.mjs "$HUFU_GALLERY" "${2:-$target/screenshots}"
fi
# Operators' commands, and nodes besides the demo's.
export HUFU_BIN=${HUFU_BIN:-$target/debug/hufu}
if [ -z "${HUFU_DEMO_DIR:-}" ]; then
    # The shortest life that a sign-in can have: expired.test.mjs waits for its end. And no minute between two codes.
    exec "$here/../rig/demo.sh" --set tokens.flow_seconds=60 --set factors.codes.pause_seconds=1 "$here/run.sh" "$@"
fi
# Several files side by side share the demo; those that switch something off for everybody come after them, one by one.
read -ra journeys <<<"${JOURNEYS:-*.test.mjs}"
read -ra alone <<<"${ALONE-*.alone.mjs}"
test=(node --test --test-reporter=spec)
code=0
# shellcheck disable=SC2068 # patterns that the shell is to expand
"${test[@]}" --test-concurrency="${BROWSERS:-3}" "$@" ${journeys[@]} || code=1
# shellcheck disable=SC2068
[ ${#alone[@]} -eq 0 ] || "${test[@]}" --test-concurrency=1 "$@" ${alone[@]} || code=1
exit "$code"
