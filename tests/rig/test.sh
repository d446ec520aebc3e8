#!/usr/bin/env bash
# Everything that CI runs, stage by stage; the first that fails stops the run and shows its log.
#
#   test.sh                 all stages, in this order
#   test.sh STAGE…          only these: scripts format lint unit databases crashes clients browser
#
# Each stage writes its log to target/rig/STAGE.log; VERBOSE=1 shows it as it comes.
set -euo pipefail

rig=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=paths.sh
source "$rig/paths.sh"
cd "$root"

# What a first build and all stages leave on the disk.
need_gib=8

all_stages=(scripts format lint unit databases crashes clients browser)

declare -A title=(
    [scripts]="shell scripts (shellcheck)"
    [format]="formatting (cargo fmt)"
    [lint]="lints (cargo clippy)"
    [unit]="cargo test on SQLite and memory"
    [databases]="the same on PostgreSQL and Redis"
    [crashes]="crash tests (kill -9 at named points)"
    [clients]="clients that others wrote (openid-client, Authlib)"
    [browser]="journeys in Chromium"
)

# What need.sh is asked for before the stage.
declare -A need=(
    [scripts]="shellcheck"
    [format]=""
    [lint]="cc"
    [unit]="cc"
    [databases]="cc postgres redis"
    [crashes]="cc"
    [clients]="cc curl openssl node python"
    [browser]="cc curl openssl node chromium fonts"
)

# Whether Cargo knows this integration test: by name, or as tests/NAME.rs or tests/NAME/main.rs.
has_test() {
    [ -e "tests/$1.rs" ] || [ -e "tests/$1/main.rs" ] || grep -Eq "^name = \"$1\"" Cargo.toml
}

# The ones among these suites that exist, as arguments for cargo.
existing() {
    local suite
    for suite in "$@"; do
        has_test "$suite" && printf -- '--test\n%s\n' "$suite"
    done
    return 0
}

stage_scripts() {
    git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck --external-sources --source-path=SCRIPTDIR
}

stage_format() {
    cargo fmt --check
}

stage_lint() {
    cargo clippy --all-targets --quiet -- -D warnings
}

stage_unit() {
    # What the shell happens to export must not change what this stage runs on.
    env -u HUFU_TEST_POSTGRES -u HUFU_TEST_REDIS cargo test
    echo "left out here: PostgreSQL and Redis (stage databases), crash tests (crashes), other people's clients (clients)," \
        "real browsers (browser)"
}

stage_databases() {
    local suites
    mapfile -t suites < <(existing store_contract it)
    [ ${#suites[@]} -gt 0 ] || { echo "there is neither tests/store_contract nor tests/it" && return 1; }
    "$rig/services.sh" env HUFU_TEST_NEEDS_SERVERS=1 cargo test "${suites[@]}"
}

stage_crashes() {
    local suites
    mapfile -t suites < <(existing faults)
    [ ${#suites[@]} -gt 0 ] || { echo "skipped: there is no test called faults" && return 0; }
    cargo test --features failpoints "${suites[@]}"
}

# The binary as the stages before have built it for the tests: `cargo build` would compile half the crates again, with the
# fewer features that they have without the tests' own dependencies.
build_hufu() {
    cargo test --no-run --test layers
}

stage_clients() {
    build_hufu
    tests/clients/run.sh
}

stage_browser() {
    build_hufu
    tests/browser/run.sh
}

# What a log says about tests: the sum over cargo's and node's closing lines.
counted() {
    awk '
        /^test result: / { passed += $4; failed += $6; ignored += $8 }
        /^(# |ℹ )pass [0-9]+/ { passed += $3 }
        /^(# |ℹ )fail [0-9]+/ { failed += $3 }
        /^(# |ℹ )(skipped|todo) [0-9]+/ { ignored += $3 }
        / passed.* in [0-9.]+s/ && /^=|^[0-9]+ passed/ { for (i = 2; i <= NF; i++) {
            if ($i ~ /^passed/) passed += $(i - 1)
            if ($i ~ /^failed/) failed += $(i - 1)
            if ($i ~ /^skipped/) ignored += $(i - 1) } }
        END { if (passed + failed + ignored) printf "; %d tests passed, %d left out", passed, ignored }
    ' "$1"
}

# What failed, by name and with its first words: what a log ends with is often something else.
failed() {
    awk '
        /^✖ failing tests:/ { told = 60 }
        /^---- .* stdout ----/ || /^thread .* panicked at/ || /^error(\[|:)/ { told = told > 12 ? told : 12 }
        /^(_____|FAILED |E   )/ { told = told > 1 ? told : 1 }
        told > 0 && shown < 120 { print "   " $0; told--; shown++ }
    ' "$1"
}

run_stage() {
    local stage=$1 log=$logs/$1.log started=$SECONDS code=0
    printf '== %-10s %s\n' "$stage" "${title[$stage]}"
    if [ -n "${need[$stage]}" ]; then
        # shellcheck disable=SC2086 # a list of words
        "$rig/need.sh" ${need[$stage]} || return 1
    fi
    # In a shell of its own: `set -e` does not hold inside a function that is tested for success.
    if [ -n "${VERBOSE:-}" ]; then
        STAGE=$stage "$0" 2>&1 | tee "$log" || code=$?
    else
        STAGE=$stage "$0" >"$log" 2>&1 || code=$?
    fi
    local took=$((SECONDS - started))
    if [ "$code" -ne 0 ]; then
        [ -n "${VERBOSE:-}" ] || tail -n "${LOG_LINES:-200}" "$log"
        echo "-- what failed:" && failed "$log"
        printf '== %-10s FAILED after %d s; the whole log: %s\n' "$stage" "$took" "${log#"$root"/}"
        return 1
    fi
    printf '   %-10s %d s%s\n' ok "$took" "$(counted "$log")"
    grep -hE '^(left out here|skipped): ' "$log" | sed 's/^/   /' || true
}

if [ -n "${STAGE:-}" ]; then
    "stage_$STAGE"
    exit
fi

command -v cargo >/dev/null || {
    echo "test: there is no cargo; install Rust $(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml) or newer with rustup" >&2
    exit 1
}
# A full disk shows itself far from its cause.
enough_disk() {
    local free_gib
    mkdir -p "$logs"
    free_gib=$(df --output=avail -k "$target" | awk 'NR == 2 { print int($1 / 1048576) }')
    [ "$free_gib" -ge "$need_gib" ] && return
    echo "test: $free_gib GiB are free on the disk of $target; a whole run from nothing takes about $need_gib" >&2
}

enough_disk
stages=("$@")
[ $# -gt 0 ] || stages=("${all_stages[@]}")
for stage in "${stages[@]}"; do
    declare -F "stage_$stage" >/dev/null || { echo "test: no stage '$stage'; known: ${all_stages[*]}" >&2; exit 2; }
done
passed=0
for stage in "${stages[@]}"; do
    if ! run_stage "$stage"; then
        echo "stages: $passed passed, 1 failed"
        exit 1
    fi
    passed=$((passed + 1))
done
echo "stages: $passed passed, 0 failed"
