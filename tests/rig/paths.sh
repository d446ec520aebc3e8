# Where things stand; read by the other scripts with `source`.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
logs=$target/rig
node_home=$target/rig/node

# A Node.js that need.sh fetched comes before the machine's own.
[ -x "$node_home/bin/node" ] && PATH=$node_home/bin:$PATH
export PATH

# The folder with initdb and postgres, the newest version first; nothing when there is none.
postgres_bin() {
    local folder
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5 -Vr); do
        [ -x "$folder/initdb" ] && echo "$folder" && return 0
    done
    folder=$(command -v initdb) && dirname "$(readlink -f "$folder")"
    return 0
}

# The browser; nothing when there is none. Without a screen to draw on it is the same engine, and twice as quick.
chromium_path() {
    local name
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        command -v "$name" && return 0
    done
    return 0
}

# A port of 127.0.0.1 that nobody listens on now, below the range from which the system itself takes ports.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        port_is_free 127.0.0.1 "$port" && echo "$port" && return 0
    done
}

# A base for the demo: it listens at base, base+1, … base+15, on hosts of their own.
free_port_base() {
    local base offset
    while :; do
        base=$((20000 + RANDOM % 600 * 20))
        for offset in $(seq 0 16); do
            port_is_free 127.0.0.1 "$((base + offset))" || continue 2
            port_is_free "127.0.0.$((offset + 1))" "$((base + offset))" || continue 2
            port_is_free "127.0.0.$((offset > 0 ? offset : 1))" "$((base + offset))" || continue 2
        done
        echo "$base" && return 0
    done
}

port_is_free() {
    ! (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}
