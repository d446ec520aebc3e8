#!/usr/bin/env bash
# Runs a command beside a demo of its own.
#
#   demo.sh [--tls] [--set KEY=VALUE…] COMMAND [ARGUMENT…]
#
# Starts `hufu demo` (the binary in HUFU_BIN, or target/debug/hufu) in a temporary folder on free ports, waits until it is
# ready, and runs the command with HUFU_DEMO_DIR (the folder with demo.json and, with --tls, ca.pem) and
# HUFU_DEMO_ISSUER. Whatever ends the command, the demo is stopped and its folder removed; when the command failed, the
# demo's log is shown.
set -euo pipefail

rig=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=paths.sh
source "$rig/paths.sh"

tls=() settings=()
[ "${1:-}" = --tls ] && tls=(--tls) && shift
while [ "${1:-}" = --set ]; do
    settings+=(--set "$2")
    shift 2
done
[ $# -gt 0 ] || { echo "usage: demo.sh [--tls] [--set KEY=VALUE…] COMMAND [ARGUMENT…]" >&2; exit 2; }
hufu=${HUFU_BIN:-$target/debug/hufu}
[ -x "$hufu" ] || { echo "demo: there is no $hufu; build it with: cargo build --bin hufu" >&2; exit 1; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/hufu-demo.XXXXXX")
log=$folder/demo.log
demo_pid='' command_pid=''

# The demo must go when it is asked to: one that does not stop by itself within 10 s is a failure.
stop_demo() {
    [ -n "$demo_pid" ] || return 0
    local pid=$demo_pid
    demo_pid=''
    kill -TERM "$pid" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || { wait "$pid" 2>/dev/null || true; return 0; }
        sleep 0.1
    done
    echo "demo: it did not stop within 10 s" >&2
    kill -KILL "$pid" 2>/dev/null || true
    return 1
}

stop_all() {
    local code=$?
    [ -z "$command_pid" ] || kill -TERM "$command_pid" 2>/dev/null || true
    stop_demo || code=1
    if [ "$code" -ne 0 ] && [ -s "$log" ]; then
        echo "demo: the end of its log:" >&2
        tail -n "${HUFU_DEMO_LOG_LINES:-60}" "$log" >&2
    fi
    rm -rf "$folder"
    exit "$code"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

issuer_of_demo() {
    node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).nodes[0].issuer' "$folder/demo.json"
}

is_ready() {
    [ -s "$folder/demo.json" ] || return 1
    HUFU_DEMO_ISSUER=$(issuer_of_demo 2>/dev/null) || return 1
    local ca=()
    [ -s "$folder/ca.pem" ] && ca=(--cacert "$folder/ca.pem")
    curl --silent --fail --max-time 5 --noproxy '*' "${ca[@]}" --output /dev/null "$HUFU_DEMO_ISSUER/readyz"
}

start_demo() {
    "$hufu" demo --dir "$folder" --port-base "$1" "${tls[@]}" "${settings[@]}" >>"$log" 2>&1 &
    demo_pid=$!
    for _ in $(seq 300); do
        is_ready && return 0
        kill -0 "$demo_pid" 2>/dev/null || break
        sleep 0.1
    done
    stop_demo || true
    return 1
}

# Ports are looked for and then taken, so somebody else may have been faster: three tries.
start_demo "$(free_port_base)" || start_demo "$(free_port_base)" || start_demo "$(free_port_base)" || {
    echo "demo: it did not become ready" >&2
    exit 1
}
export HUFU_DEMO_DIR=$folder HUFU_DEMO_ISSUER
"$@" &
command_pid=$!
code=0
wait "$command_pid" || code=$?
command_pid=''
(exit "$code")
