#!/usr/bin/env bash
# Proves conformance with clients that nobody here wrote: openid-client (JavaScript), Authlib and scim2-client (Python), over https.
#
#   run.sh         both
#   run.sh js      only openid-client; further arguments go to `node --test`
#   run.sh python  only Authlib and scim2-client; further arguments go to pytest
#
# Boots a demo of its own (tests/rig/demo.sh) and stops it afterwards.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../rig/paths.sh
source "$here/../rig/paths.sh"
which=${1:-all}
[ $# -eq 0 ] || shift

prepare_js() {
    cd "$here/js"
    [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent
}

prepare_python() {
    local venv=$target/rig/venv stamp=$target/rig/venv/requirements.txt
    cmp -s "$here/python/requirements.txt" "$stamp" && return 0
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/python/requirements.txt"
    cp "$here/python/requirements.txt" "$stamp"
}

# A certificate of the demo's CA, so that the node can fetch keys and request objects from the tests over https, and call
# them on logout. Without the CA's key the tests serve plain http, which the demo allows on loopback.
make_certificate() {
    local ca=$HUFU_DEMO_DIR/ca.pem ca_key=$HUFU_DEMO_DIR/ca-key.pem name=$HUFU_DEMO_DIR/listener
    if [ ! -s "$ca_key" ]; then
        echo "clients: there is no $(basename "$ca_key"); what the tests serve to the node is plain http"
        return 0
    fi
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=listener \
        -addext 'subjectAltName=IP:127.0.0.1,DNS:localhost' -addext 'basicConstraints=critical,CA:FALSE' \
        -CA "$ca" -CAkey "$ca_key" -keyout "$name-key.pem" -out "$name.pem" 2>/dev/null
    export HUFU_TEST_CERTIFICATE=$name.pem HUFU_TEST_CERTIFICATE_KEY=$name-key.pem
}

run_js() {
    cd "$here/js"
    if [ $# -gt 0 ]; then
        node --test --test-reporter=spec "$@"
        return
    fi
    node --test --test-reporter=spec --test-concurrency=2 plans/*.test.js
    node --test --test-reporter=spec late/*.test.js
}

run_python() {
    cd "$here/python"
    "$target/rig/venv/bin/python" -m pytest -p no:cacheprovider "$@"
}

if [ -z "${HUFU_DEMO_DIR:-}" ]; then
    case $which in
        all)
            prepare_js
            prepare_python
            ;;
        js | python) "prepare_$which" ;;
        *) echo "usage: run.sh [js|python [ARGUMENT…]]" >&2 && exit 2 ;;
    esac
    # The same few people sign in side by side in every plan: more at once than one person ever does.
    many=()
    for limit in account_failures challenge_after pause_after; do many+=(--set "accounts.limits.$limit=1000"); done
    exec "$here/../rig/demo.sh" --tls "${many[@]}" "$here/run.sh" "$which" "$@"
fi

hufu=${HUFU_BIN:-$target/debug/hufu}
export HUFU_BIN=$hufu
export HUFU_ROTATE_KEYS=${HUFU_ROTATE_KEYS:-"'$hufu' keys rotate --now --config '$HUFU_DEMO_DIR/hufu.toml'"}
[ -s "$HUFU_DEMO_DIR/ca.pem" ] && export NODE_EXTRA_CA_CERTS=$HUFU_DEMO_DIR/ca.pem REQUESTS_CA_BUNDLE=$HUFU_DEMO_DIR/ca.pem
make_certificate
case $which in
    all)
        run_js "$@"
        run_python "$@"
        ;;
    *) "run_$which" "$@" ;;
esac
