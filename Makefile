# make demo         a node, an authority, services: one command, then open the address that it prints
# make test         everything that CI runs
# make screenshots  a picture of every page, two sizes, two languages
# make bench        criterion benches and the end-to-end load program
#
# ARGS goes to the program behind a target: make demo ARGS="--tls --port-base 9100"

ARGS ?=
CARGO ?= cargo

.PHONY: demo test test-fast test-db test-crashes test-clients test-browser screenshots bench fmt lint need clean-tests

demo:
	$(CARGO) build --release --bin hufu
	@exec $${CARGO_TARGET_DIR:-target}/release/hufu demo $(ARGS)

test:
	@tests/rig/test.sh $(ARGS)

# Needs nothing but Rust and a C compiler.
test-fast:
	@tests/rig/test.sh unit

test-db:
	@tests/rig/test.sh databases

test-crashes:
	@tests/rig/test.sh crashes

test-clients:
	@tests/rig/test.sh clients

test-browser:
	@tests/rig/test.sh browser

screenshots:
	@tests/rig/need.sh cc curl node chromium fonts
	$(CARGO) build --bin hufu
	@tests/browser/run.sh screenshots $(ARGS)

bench:
	$(CARGO) bench $(ARGS)

fmt:
	$(CARGO) fmt

lint:
	@tests/rig/test.sh scripts format lint

# Installs by apt what the tests need and this machine lacks.
need:
	@tests/rig/need.sh $(ARGS)

clean-tests:
	rm -rf $${CARGO_TARGET_DIR:-target}/rig tests/clients/js/node_modules tests/browser/node_modules
