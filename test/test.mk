# The targets that test pause. test/README.md says what the directories hold.
.PHONY: run check step test test-kernels test-dockershim node-shell mutants sanitize soak lint

##@ Test
run: $(PROGRAM) ## a sandbox, held open until Ctrl-C
	$(call require,$(packages-run))
	@test/sandbox.sh $(PROGRAM)
packages-run := unshare:util-linux lsns:util-linux pgrep:procps ip:iproute2

check: all ## the program, without root and network: 2 minutes
	$(call require,$(packages-check))
	@bats --timing $(filter-out %/archive.bats %/dockerfile.bats,$(wildcard test/*.bats))
packages-check := $(packages-run) mount:mount bats:bats strace:strace readelf:binutils \
  gcc:gcc git:git gencat:libc6-dev musl-gcc:musl-tools script:bsdutils hostname:hostname perl:perl \
  qemu-aarch64:qemu-user llvm-dis$(SUFFIX):llvm$(SUFFIX) /usr/lib/bats/bats-assert/load.bash:bats-assert \
  /usr/lib/bats/bats-file/load.bash:bats-file

step: export STEP := all
step: $(PROGRAM) ## a signal or a death before every instruction of pause: 5 minutes
	$(call require,$(packages-step))
	@PAUSE='$(CURDIR)/$(PROGRAM)' bats --timing test/step.bats
packages-step := $(packages-check)
step-cc-amd64 := x86_64-linux-gnu-gcc
step-cc-arm64 := aarch64-linux-gnu-gcc
build/%/step: test/step.c | build/%/lib/libc.a
	@$(step-cc-$*) -O2 -static -o $@ $<
build/%/step-control: test/step-control.c Makefile .make/pause.ld build/%/lib/libc.a
	@$(call link,build/$*/lib/crt1.o $< build/$*/lib/libc.a)

# The node is a virtual machine with the runtimes.
NODE := build/cache/node
$(NODE)/vmlinuz: test/node/image.sh
	$(call require,$(packages-node))
	test/node/image.sh $(NODE)
node-shell: $(ARCHIVE).tar $(NODE)/vmlinuz ## a shell in the node
	@test/node/run.sh --shell
qemu-amd64 := qemu-system-x86_64:qemu-system-x86
qemu-arm64 := qemu-system-aarch64:qemu-system-arm
packages-node := jq:jq mmdebstrap:mmdebstrap newuidmap:uidmap genext2fs:genext2fs \
  debugfs:e2fsprogs $(qemu-$(HOST))
packages-node-shell := $(packages-node)

test: check $(ARCHIVE).tar $(NODE)/vmlinuz ## also the image and, in the node, runtimes: 8 minutes
	$(call require,$(packages-test))
	@status=0; bats --timing test/archive.bats test/dockerfile.bats || status=1; test/node/run.sh test/runtimes || status=1; \
	exit $$status
packages-test := $(packages-check) skopeo:skopeo umoci:umoci buildah:buildah $(packages-node)

test-kernels: $(foreach a,$(ARCHS),bin/pause-linux-$a build/$a/pause-4k build/$a/baseline)
test-kernels: build/arm64/step build/arm64/step-control
test-kernels: ## every platform on a kernel of its own, in QEMU: 3 minutes
	$(call require,$(packages-test-kernels))
	@test/kernels/run.sh
qemu-systems := $(sort $(foreach a,$(ARCHS),$(firstword $(system-$a))))
packages-test-kernels := cpio:cpio aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu \
  $(if $(filter-out arm64,$(HOST)),/usr/aarch64-linux-gnu/lib/libc.a:libc6-dev-arm64-cross) \
  $(foreach q,$(qemu-systems),\
  qemu-system-$q:qemu-system-$(subst x86_64,x86,$(subst i386,x86,$q)))
# The control of the alignment, and the baseline of the memory.
build/%/pause-4k: private LDFLAGS += -Wl,-z,max-page-size=4096
build/%/pause-4k: pause.c Makefile .make/pause.ld build/program.vars build/%/lib/libc.a
	@$(call link,build/$*/lib/crt1.o $< build/$*/lib/libc.a)
build/%/baseline: test/bench/baseline.c Makefile .make/pause.ld build/%/lib/libc.a
	@$(call link,$<)

KUBELET := build/cache/kubelet-1.20.2
$(KUBELET): test/dockershim/build.sh
	$(call require,$(packages-test-dockershim))
	test/dockershim/build.sh $@
test-dockershim: export PAYLOAD := $(KUBELET)
test-dockershim: $(ARCHIVE).tar $(NODE)/vmlinuz $(KUBELET) ## a kubelet 1.20, in the node: 4 minutes
	@test/node/run.sh test/dockershim
packages-test-dockershim := go:golang-go $(packages-node)

mutants: $(PROGRAM) ## faults in pause.c, each of which a test must find: 5 minutes
	$(call require,$(packages-check))
	@test/mutants/run.sh
packages-mutants := $(packages-check)

soak: export SOAK ?= 60
soak: $(PROGRAM) ## SOAK seconds under all that a pod can do to pause; SEED repeats a run
	@bats --timing test/soak.bats
packages-soak := $(packages-check)

sanitized = bats --filter-tags '!$1' $(patsubst %,test/%.bats,command-line robustness \
  reaping signals soak)
sanitize: $(PROGRAM) ## the suites with ASan and UBSan, then under valgrind: 3 minutes
	$(call require,$(packages-sanitize))
	gcc -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -o build/sanitized pause.c
	@# These signals are pause's to die of.
	ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_abort=0 \
	  PAUSE='$(CURDIR)/build/sanitized' $(call sanitized,native)
	printf '#!/bin/sh\nexec valgrind -q --vgdb=no --error-exitcode=99 "%s" "$$@"\n' \
	  '$(CURDIR)/$(PROGRAM)' >build/valgrind && chmod +x build/valgrind
	PAUSE='$(CURDIR)/build/valgrind' $(call sanitized,fatal)
packages-sanitize := $(packages-check) valgrind:valgrind

scripts = $(shell git ls-files -co --exclude-standard 'test/*.bats' 'test/*.bash' '*.sh' \
  'test/*/init' .ci/run)
lint: ## formatters, linters, and -Werror with gcc, clang, musl and glibc
	$(call require,$(packages-lint))
	clang-format --dry-run -Werror pause.c $(wildcard test/*.c test/*/*.c)
	shfmt --diff $(scripts)
	shellcheck $(scripts)
	clang-tidy --quiet --warnings-as-errors='*' pause.c -- -std=c11
	cppcheck --quiet --error-exitcode=1 --enable=all --suppress=missingIncludeSystem pause.c
	! git ls-files | grep -vE '\.(md|svg|sum|json)$$' | xargs grep -nE '^.{101,}' /dev/null
	for cc in gcc musl-gcc clang$(SUFFIX); do \
	  $$cc -std=c11 -Wall -Wextra -Wpedantic -Werror -O2 -fsyntax-only pause.c || exit; done
packages-lint := clang-format:clang-format clang-tidy:clang-tidy cppcheck:cppcheck gcc:gcc \
  shellcheck:shellcheck shfmt:shfmt musl-gcc:musl-tools

include $(wildcard test/*/*.mk)
