#!/usr/bin/env bash
# Runs a command beside a PostgreSQL and a Redis of its own.
#
#   services.sh COMMAND [ARGUMENT…]
#
# Both listen on a free port of 127.0.0.1 and keep their files in a temporary folder. The command finds them in
# HUFU_TEST_POSTGRES (postgres://…, a superuser, so that tests may make schemas and databases) and HUFU_TEST_REDIS
# (redis://…). Whatever ends the command, both servers are stopped and the folder is removed.
set -euo pipefail

rig=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=paths.sh
source "$rig/paths.sh"

[ $# -gt 0 ] || { echo "usage: services.sh COMMAND [ARGUMENT…]" >&2; exit 2; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/hufu-services.XXXXXX")
chmod 711 "$folder"
mkdir "$folder/postgres" "$folder/redis"
postgres_pid='' redis_pid='' command_pid=''

stop() {
    local pid=$1 signal=$2
    [ -n "$pid" ] || return 0
    kill "-$signal" "$pid" 2>/dev/null || return 0
    wait "$pid" 2>/dev/null || true
}

stop_all() {
    stop "$command_pid" TERM
    stop "$postgres_pid" INT # fast shutdown: open transactions are rolled back, clients are not waited for
    stop "$redis_pid" TERM
    rm -rf "$folder"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    echo "services: $1" >&2
    [ -n "${2:-}" ] && [ -s "$2" ] && tail -n 40 "$2" >&2
    exit 1
}

# PostgreSQL refuses to run as root.
drop=()
if [ "$(id -u)" -eq 0 ]; then
    user=postgres
    getent passwd "$user" >/dev/null || user=nobody
    chown "$user" "$folder/postgres"
    drop=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
fi

# Waits until a check succeeds, at most 30 s, and not at all once the server has ended.
until_ready() {
    local pid=$1
    shift
    for _ in $(seq 300); do
        "$@" >/dev/null 2>&1 && return 0
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

start_postgres() {
    local bin port log=$folder/postgres.log
    bin=$(postgres_bin)
    [ -n "$bin" ] || fail "PostgreSQL is not installed; run tests/rig/need.sh postgres"
    (
        cd "$folder/postgres"
        "${drop[@]}" "$bin/initdb" --pgdata=data --username=hufu --auth=trust --encoding=UTF8 --locale=C.UTF-8
    ) >"$log" 2>&1 || fail "initdb did not succeed:" "$log"
    for _ in 1 2 3; do
        port=$(free_port)
        # Each test makes and drops a database; without fsync that costs a fifth. No test pulls the plug on this server.
        (
            cd "$folder/postgres"
            exec "${drop[@]}" "$bin/postgres" -D data -p "$port" -k "$folder/postgres" \
                -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off
        ) >>"$log" 2>&1 &
        postgres_pid=$!
        if until_ready "$postgres_pid" "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -U hufu -d postgres; then
            "$bin/createdb" -h 127.0.0.1 -p "$port" -U hufu hufu
            export HUFU_TEST_POSTGRES=postgres://hufu@127.0.0.1:$port/hufu
            return 0
        fi
        stop "$postgres_pid" INT
        postgres_pid=''
    done
    fail "PostgreSQL did not come up:" "$log"
}

start_redis() {
    local port log=$folder/redis.log
    command -v redis-server >/dev/null || fail "Redis is not installed; run tests/rig/need.sh redis"
    for _ in 1 2 3; do
        port=$(free_port)
        redis-server --bind 127.0.0.1 --port "$port" --dir "$folder/redis" --save '' --appendonly no \
            --daemonize no >"$log" 2>&1 &
        redis_pid=$!
        if until_ready "$redis_pid" redis-cli -h 127.0.0.1 -p "$port" ping; then
            export HUFU_TEST_REDIS=redis://127.0.0.1:$port
            return 0
        fi
        stop "$redis_pid" TERM
        redis_pid=''
    done
    fail "Redis did not come up:" "$log"
}

start_postgres
start_redis
"$@" &
command_pid=$!
code=0
wait "$command_pid" || code=$?
command_pid=''
(exit "$code")
