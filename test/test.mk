# The targets that test pause. test/README.md says what the directories hold.
.PHONY: run check test mutants sanitize soak lint

##@ Test
run: $(PROGRAM) ## a sandbox, held open until Ctrl-C
	$(call require,$(packages-run))
	@test/program/sandbox.sh $(PROGRAM)
packages-run := unshare:util-linux lsns:util-linux pgrep:procps ip:iproute2

# A user namespace gives an ordinary user the rights that the tests need. The PID namespace ends
# whatever a test may leave behind.
isolate = unshare $(if $(filter-out 0,$(shell id -u)),--user --map-root-user) --mount --pid --fork \
  --kill-child --mount-proc
require-isolation = @$(isolate) true 2>/dev/null || { echo "this kernel lets no ordinary user \
	make namespaces: run it as root, sudo make $@" >&2; exit 1; }
bats = PAUSE='$(CURDIR)/$(PROGRAM)' $(isolate) bats --timing
check: all ## the program, without root and network: 2 minutes
	$(call require,$(packages-check))
	$(require-isolation)
	@$(bats) test/program
packages-check := $(packages-run) bats:bats strace:strace gdb:gdb readelf:binutils gcc:gcc git:git \
  gencat:libc6-dev musl-gcc:musl-tools script:bsdutils hostname:hostname perl:perl \
  qemu-aarch64:qemu-user /usr/lib/bats/bats-assert/load.bash:bats-assert \
  /usr/lib/bats/bats-file/load.bash:bats-file

test: check $(ARCHIVE).tar ## everything
	@bats --timing test/image
packages-test := $(packages-check) jq:jq skopeo:skopeo umoci:umoci

mutants: $(PROGRAM) ## faults in pause.c, each of which a test must find: 5 minutes
	$(call require,$(packages-check))
	$(require-isolation)
	@$(isolate) test/mutants/run.sh
packages-mutants := $(packages-check)

soak: export SOAK ?= 60
soak: $(PROGRAM) ## SOAK seconds under all that a pod can do to pause; SEED repeats a run
	$(require-isolation)
	@$(bats) test/program/soak.bats
packages-soak := $(packages-check)
