# The targets that test pause. README.md says what lies where.
# packages-GOAL are the commands (or files) that GOAL takes, each with its
# package of Debian.
TESTS := run check step test test-kernels test-dockershim node-shell \
  mutants sanitize soak lint
.PHONY: $(TESTS)
# The suites have the user's environment.
$(TESTS): private SHELL = /bin/sh

##@ Test
# exec: a signal that ends make's child has to reach sandbox.sh itself.
run: $(PROGRAM) ## a sandbox, held open until Ctrl-C
	@exec bash test/sandbox.sh $(PROGRAM)
# pod2man stands for the package perl: it has IO::Poll, which perl-base
# lacks.
packages-run = $(packages-default) bash:bash unshare:util-linux \
  lsns:util-linux pgrep:procps ip:iproute2 pod2man:perl

check: all ## the program, without root and network: 2 minutes
	@bats --timing $(filter-out %/archive.bats %/dockerfile.bats, \
	  $(wildcard test/*.bats))
packages-check = $(packages-run) $(packages-bats) \
  mount:mount strace:strace readelf:binutils \
  gcc:gcc git:git jq:jq \
  gencat:libc6-dev musl-gcc:musl-tools \
  script:bsdutils hostname:hostname \
  qemu-aarch64:qemu-user llvm-dis$(SUFFIX):llvm$(SUFFIX)
# traced.txt lists the files that the linker took; license.bats reads it.
$(ARCHS:%=build/%/traced): private LDFLAGS += -Wl,--trace
$(ARCHS:%=build/%/traced): build/%/traced: bin/pause-linux-%
	@$(call link,pause.c $(LIBC)) >$@.txt
bats-library = /usr/lib/bats/bats-$1/load.bash:bats-$1
packages-bats = bats:bats \
  $(foreach b,assert file support,$(call bats-library,$b))

step: $(PROGRAM)
step: ## a signal or a death at every instruction: 5 minutes
	@STEP=all bats --timing test/step.bats
packages-step = $(packages-check)
step-cc-amd64 := x86_64-linux-gnu-gcc
step-cc-arm64 := aarch64-linux-gnu-gcc
packages-step-arm64 := aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu \
  $(if $(filter-out arm64,$(HOST)), \
  /usr/aarch64-linux-gnu/lib/libc.a:libc6-dev-arm64-cross)
build/%/step: test/step.c bin/pause-linux-%
	@$(step-cc-$*) -O2 -static -o $@ $<
build/%/step-control: test/step-control.c bin/pause-linux-%
	@$(call link,$< $(LIBC))

test: check $(ARCHIVE).tar node
test: ## also the image and, in the node, runtimes: 20 minutes
	@status=0; \
	bats --timing test/archive.bats test/dockerfile.bats || status=1; \
	bash test/node/run.sh --here test/release || status=1; \
	bash test/node/run.sh test/runtimes || status=1; \
	exit $$status
packages-test = $(packages-check) $(packages-archive) \
  $(packages-node) skopeo:skopeo umoci:umoci buildah:buildah

# The node is a virtual machine with the runtimes.
NODE := build/cache/node
.PHONY: node
node: $(NODE)/vmlinuz
$(NODE)/vmlinuz: test/node/image.sh
	@bash test/node/image.sh $(NODE)
packages-node = bash:bash jq:jq mmdebstrap:mmdebstrap \
  newuidmap:uidmap genext2fs:genext2fs debugfs:e2fsprogs \
  $(call qemu,$(HOST))
node-shell: $(ARCHIVE).tar node ## a shell in the node
	@bash test/node/run.sh --shell
packages-node-shell = $(packages-archive) $(packages-node)

# $(call qemu,PLATFORM): the package of Debian that has its machine.
qemu = $(foreach q,$(firstword $(system-$1)),$(qemu-of))
qemu-of = qemu-system-$q:qemu-system-$(or $(qemu-package-$q),$q)
qemu-package-x86_64 := x86
qemu-package-i386 := x86
qemu-package-aarch64 := arm
qemu-package-arm := arm
qemu-package-ppc64 := ppc
qemu-package-loongarch64 := misc
test-kernels: $(PROGRAMS)
test-kernels: $(ARCHS:%=build/%/pause-4k) $(ARCHS:%=build/%/baseline)
test-kernels: build/arm64/step build/arm64/step-control
test-kernels: ## every platform on a kernel of its own: 3 minutes
	@bash test/kernels/run.sh
packages-test-kernels = $(packages-default) cpio:cpio \
  $(packages-step-arm64) $(foreach a,$(ARCHS),$(call qemu,$a))
# The control of the alignment, and the baseline of the memory.
$(ARCHS:%=build/%/pause-4k): private LDFLAGS += \
  -Wl,-z,max-page-size=4096
$(ARCHS:%=build/%/pause-4k): build/%/pause-4k: bin/pause-linux-%
	@$(call link,pause.c $(LIBC))
$(ARCHS:%=build/%/baseline): build/%/baseline: \
  test/bench/baseline.c bin/pause-linux-%
	@$(call link,$<)

KUBELET := build/cache/kubelet-1.20.2
$(KUBELET): test/dockershim/build.sh
	@bash test/dockershim/build.sh $@
test-dockershim: $(ARCHIVE).tar node $(KUBELET)
test-dockershim: ## a kubelet 1.20, in the node: 6 minutes
	@PAYLOAD=$(KUBELET) bash test/node/run.sh test/dockershim
packages-test-dockershim = $(packages-archive) $(packages-node) \
  go:golang-go

mutants: $(PROGRAM) $(if $(step-cc-$(ARCH)), \
  build/$(ARCH)/step build/$(ARCH)/step-control)
mutants: ## faults in pause.c, which tests must find: 4 minutes
	@bash test/mutants/run.sh
packages-mutants = $(packages-check)

soak: $(PROGRAM)
soak: ## SOAK seconds of all that pods do to pause; SEED repeats
	@SOAK=$${SOAK:-60} bats --timing test/soak.bats
packages-soak = $(packages-check)

sanitized = bats --filter-tags '!$1' \
  $(patsubst %,test/%.bats,command-line robustness reaping signals soak)
# These signals are pause's to die of.
ASAN := handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_abort=0
VALGRIND := valgrind -q --vgdb=no --error-exitcode=99
sanitize: $(PROGRAM)
sanitize: ## under ASan, UBSan and valgrind: 3 minutes
	gcc -g -O1 -fsanitize=address,undefined \
	  -fno-sanitize-recover=all -o build/sanitized pause.c
	ASAN_OPTIONS=$(ASAN) PAUSE='$(CURDIR)/build/sanitized' \
	  $(call sanitized,native)
	printf '#!/bin/sh\nexec $(VALGRIND) "%s" "$$@"\n' \
	  '$(CURDIR)/$(PROGRAM)' >build/valgrind
	chmod +x build/valgrind
	PAUSE='$(CURDIR)/build/valgrind' $(call sanitized,fatal)
packages-sanitize = $(packages-check) valgrind:valgrind

scripts = $(or $(shell git ls-files -co --exclude-standard \
  'test/*.bats' 'test/*.bash' '*.sh' 'test/*/init' .ci/run), \
  $(error lint takes the names of the files from git: clone it))
not-wrapped := \.(md|sum|json)$$|platforms$$|^LICENSE$$
lint: ## formatters, linters, warnings as errors
	clang-format --dry-run -Werror \
	  pause.c $(wildcard test/*.c test/*/*.c)
	shfmt --diff $(scripts)
	shellcheck $(scripts)
	clang-tidy --quiet --warnings-as-errors='*' pause.c -- -std=c11
	cppcheck --quiet --error-exitcode=1 --enable=all \
	  --suppress=missingIncludeSystem pause.c
	git ls-files | grep -vE '$(not-wrapped)' | \
	  xargs grep -nE '^.{101,}' /dev/null | { ! grep .; }
	for cc in gcc musl-gcc clang$(SUFFIX); do \
	  $$cc -std=c11 -Wall -Wextra -Wpedantic -Werror -O2 \
	    -fsyntax-only pause.c || exit; \
	done
packages-lint = $(packages-default) \
  clang-format:clang-format clang-tidy:clang-tidy cppcheck:cppcheck \
  gcc:gcc musl-gcc:musl-tools \
  git:git shellcheck:shellcheck shfmt:shfmt

include $(wildcard test/*/*.mk)
