# Knobs; `make help` shows their values.
ARCH    ?= $(HOST)
VERSION ?= $(or $(shell git describe --tags --always --dirty --abbrev=12 2>/dev/null | tr -c 'A-Za-z0-9_.\n' -),HEAD)
CFLAGS  ?= -Oz
LDFLAGS ?=
PREFIX  ?= /usr/local
DESTDIR ?=
# Of the images. The engine is the first that is there; SOURCE is a URL, for the label and the bill of materials.
IMAGE      ?= localhost/pause
ENGINE     ?= $(firstword $(foreach e,docker podman,$(if $(shell command -v $e),$e)))
REGISTRY   ?=
TLS_VERIFY ?= true
SOURCE     ?=
REVISION   ?= $(shell git rev-parse HEAD 2>/dev/null)
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),0)
KNOBS := ARCH VERSION CC CFLAGS LDFLAGS MUSL PREFIX DESTDIR IMAGE ENGINE REGISTRY TLS_VERIFY SOURCE REVISION SOURCE_DATE_EPOCH

# One line an architecture: Go's name with the variant, and the target as clang and musl's configure know it.
target-amd64   := x86_64-linux-musl
target-arm64   := aarch64-linux-musl
target-armv7   := armv7-linux-musleabihf
target-armv5   := armv5te-linux-musleabi
target-386     := i686-linux-musl
target-ppc64le := powerpc64le-linux-musl
target-s390x   := s390x-linux-musl
target-riscv64 := riscv64-linux-musl
target-loong64 := loongarch64-linux-musl
flags-loong64  := -mno-lsx # not every LoongArch has the vectors, nor has qemu 7.2
ARCHS := amd64 arm64 armv7 armv5 386 ppc64le s390x riscv64 loong64

# musl is Debian's source of it, security fixes applied, compiled for size and for every architecture alike. Only the
# files that pause links: two seconds an architecture, not fifteen. One too few is an undefined symbol.
MUSL       ?= build/musl
MUSL_SUITE := trixie
MUSL_FILES := __libc_start_main __init_tls __environ __stack_chk_fail __errno_location exit _Exit _exit libc defsysinfo \
  __syscall_cp syscall_ret __set_thread_area atomics abort_lock __lock default_attr block restore memcpy memmove memset strlen \
  getpid pause poll pthread_sigmask sigaction sigaddset sigemptyset sigfillset sigprocmask sigtimedwait \
  waitpid write

# What makes the program what it is, apart from the user's CFLAGS and LDFLAGS: one segment of code and constants, one
# of data, and nothing for an unwinder or a relocator, which it has not; each of those costs up to a page.
NEED_CFLAGS  := -std=c11 -DVERSION='$(VERSION)' -fno-pie -fno-asynchronous-unwind-tables
NEED_LDFLAGS := -static -Wl,-s,--gc-sections,--build-id=none,-z,norelro,-z,noseparate-code,-z,noexecstack
# Optimised across pause.c and musl at the link, both are short enough on x86 for the data to end in the page that
# they begin in: one page a copy less, and its page fault.
CLANG         = clang-19 --target=$(target-$*) $(flags-$*) -flto
LLD          := -fuse-ld=lld-19 -nostdlib -Wl,--no-rosegment

# The commands that a goal looks for, as command:package. Debian 13 has apart what Docker and Podman need.
DEBIAN := $(shell sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
engines-bookworm := docker:docker.io
engines-trixie   := docker:docker-cli /usr/libexec/docker/cli-plugins/docker-buildx:docker-buildx nft:nftables
TOOLS_build := clang-19:clang-19 ld.lld-19:lld-19 llvm-objcopy-19:llvm-19 llvm-ar-19:llvm-19 make:make git:git
TOOLS_musl  := dpkg-source:dpkg-dev
TOOLS_run   := unshare:util-linux lsns:util-linux pgrep:procps ip:iproute2 mount:mount
TOOLS_image := buildah:buildah skopeo:skopeo jq:jq dpkg-parsechangelog:dpkg-dev
TOOLS_test  := bats:bats strace:strace gdb:gdb readelf:binutils gcc:gcc gencat:libc6-dev musl-gcc:musl-tools ps:procps script:bsdutils \
  hostname:hostname qemu-aarch64:qemu-user
TOOLS_bench := gcc:gcc ld:binutils strace:strace datamash:datamash gnuplot:gnuplot-nox catatonit:catatonit tini:tini
TOOLS_sanitize := valgrind:valgrind
TOOLS_lint  := clang-format:clang-format clang-tidy:clang-tidy cppcheck:cppcheck shellcheck:shellcheck gcc:gcc \
  musl-gcc:musl-tools clang:clang
TOOLS_engines = dockerd:docker.io $(engines-$(DEBIAN)) iptables:iptables podman:podman conmon:conmon runc:runc crun:crun runsc:runsc \
  umoci:umoci skopeo:skopeo jq:jq busybox:busybox-static
TOOLS_cri   := docker-registry:docker-registry containerd:containerd ctr:containerd protoc:protobuf-compiler curl:curl \
  /usr/lib/cni/bridge:containernetworking-plugins
TOOLS_kubelet := go:golang-go
TOOLS_next  := mmdebstrap:mmdebstrap
# What `make deps GOAL...` installs for a GOAL; `make deps` alone, all but the kubelet's compiler and the next Debian.
FOR_archive := image
FOR_push    := image
FOR_image   := engines
FOR_test    := test image engines cri
FOR_lint    := lint
FOR_mutants  := test
FOR_sanitize := test sanitize
FOR_soak    := test
FOR_bench   := bench
FOR_test-kubelet := $(FOR_test) kubelet
FOR_test-next    := $(FOR_test) next
GOALS := $(filter-out deps,$(MAKECMDGOALS))
DEPS  := build musl run $(sort $(foreach g,$(or $(GOALS),test lint bench),$(FOR_$g)))

MACHINE := $(shell uname -m)
HOST    := $(or $(firstword $(foreach a,$(ARCHS),$(if $(filter $(MACHINE)-%,$(target-$a)),$a))),$(MACHINE))
PROGRAM := bin/pause-linux-$(ARCH)
ARCHIVE := bin/pause-$(VERSION)

ifeq ($(filter $(ARCH),$(ARCHS)),)
  $(error ARCH=$(ARCH) is none of: $(ARCHS))
endif
ifneq ($(shell printf '%s' '$(VERSION)' | grep -cxE '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}'),1)
  $(error VERSION=$(VERSION) is no image tag: at most 128 letters, digits, '_', '.' and '-')
endif

ifeq ($(or $(filter build/musl,$(MUSL)),$(wildcard $(MUSL)/configure)),)
  $(error MUSL=$(MUSL) is no source tree of musl: it has no configure)
endif

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: default all image archive push run test test-kubelet test-next bench mutants soak sanitize lint path archive-path archs knobs \
  install uninstall deps clean help FORCE

default: $(PROGRAM) ## the program for ARCH
all: $(ARCHS:%=bin/pause-linux-%) ## the programs for every architecture

# $(call need,GOAL): one clear line about the first of GOAL's commands that is missing.
need = @for t in $(TOOLS_$1); do command -v $${t%:*} >/dev/null || { \
  echo "$${t%:*} is missing; it is in the package $${t\#*:}, which 'make deps' installs" >&2; exit 1; }; done

# Outputs depend on the knobs too: these files change when the knobs do.
build/knobs: export FLAGS = $(CC) $(NEED_CFLAGS) $(CFLAGS) $(NEED_LDFLAGS) $(LDFLAGS) $(MUSL)
build/image-knobs: export FLAGS = $(ARCHS) $(IMAGE) $(VERSION) $(SOURCE) $(REVISION) $(SOURCE_DATE_EPOCH)
build/%/musl: export FLAGS = $(MUSL)
keep-knobs = @mkdir -p $(@D) && printf '%s\n' "$$FLAGS" | cmp -s - $@ || printf '%s\n' "$$FLAGS" >$@
build/knobs build/image-knobs: FORCE
	$(keep-knobs)
build/%/musl: FORCE
	$(keep-knobs)

# $(call musl-headers,ARCH): in the tree that they were made in, since to install 200 of them takes longer than the rest.
musl-headers = -nostdlibinc $(addprefix -isystem ,build/$1/obj/include \
  $(MUSL)/arch/$(shell sed -n 's/^ARCH = //p' build/$1/config.mak) $(MUSL)/arch/generic $(MUSL)/include)

ifeq ($(origin CC),default)
CC := clang-19
bin/pause-linux-%: pause.c Makefile build/knobs build/%/lib/libc.a
	@mkdir -p bin
	$(CLANG) $(NEED_CFLAGS) $(CFLAGS) $(call musl-headers,$*) \
	  $(LLD) $(NEED_LDFLAGS) $(LDFLAGS) -o $@ build/$*/lib/crt1.o pause.c build/$*/lib/libc.a
	llvm-objcopy-19 --strip-sections $@
	@chmod 0755 $@ # the umask is no part of the image
else # CC=musl-gcc, or a gcc whose own libc is musl: for this machine
bin/pause-linux-%: pause.c Makefile build/knobs
	@[ '$*' = '$(HOST)' ] || { echo "CC=$(CC) builds for this machine, $(HOST), and not for $*: leave CC out" >&2; exit 1; }
	@mkdir -p bin
	$(CC) $(NEED_CFLAGS) $(CFLAGS) $(NEED_LDFLAGS) $(LDFLAGS) -o $@ pause.c
endif

# MAKEFLAGS would hand our ARCH and CFLAGS to musl's Makefile.
build/%/lib/libc.a: Makefile build/%/musl | $(MUSL)
	$(call need,build)
	@rm -rf $(@D) build/$*/obj && mkdir -p build/$*
	@echo "musl for $*"; cd build/$* && \
	"$$(cd ../.. && realpath --no-symlinks --relative-to=build/$* '$(MUSL)')/configure" --target=$(target-$*) --disable-shared CC='$(CLANG) -fno-pie' \
	  AR=llvm-ar-19 RANLIB=: LIBCC=none CFLAGS=-Oz >configure.log 2>&1 && \
	MAKEFLAGS= $(MAKE) -s FILES='$(MUSL_FILES)' BASE_GLOBS='$$(FILES:%=$$(srcdir)/src/*/%.c) $$(srcdir)/crt/crt1.c' \
	  ARCH_GLOBS='$$(FILES:%=$$(srcdir)/src/*/$$(ARCH)/%.[csS])' lib/crt1.o lib/libc.a

# $(call source,SUITE,DIR): Debian's source of the package named like DIR, checked by apt against Debian's keys, from
# the mirror that this machine uses already.
APT = apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::SourceList="$(CURDIR)/build/apt/sources.list" -o Dir::Etc::SourceParts=- \
  -o Dir::State::Lists="$(CURDIR)/build/apt/lists" -o Dir::Cache="$(CURDIR)/build/apt"
MIRROR = mirror=$$(apt-get indextargets --format '$$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1); \
	[ -n "$$mirror" ] || { echo "apt knows no Debian mirror here: run 'apt-get update', or set CC=musl-gcc" >&2; exit 1; };
define source
	$(call need,musl)
	@rm -rf build/apt $2.tmp && mkdir -p build/apt/lists/partial $(dir $2)
	@$(MIRROR) echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $$mirror $1 main" >build/apt/sources.list
	$(APT) update
	cd build/apt && $(APT) source --download-only $(notdir $2)
	dpkg-source --no-copy --no-check -x build/apt/$(notdir $2)_*.dsc $2.tmp >/dev/null
	mv $2.tmp $2
endef
build/musl:
	$(call source,$(MUSL_SUITE),$@)

path archive-path archs: # for the tests
	@echo '$(if $(filter archs,$@),$(ARCHS),$(CURDIR)/$(if $(filter path,$@),$(PROGRAM),$(ARCHIVE).tar))'

image: $(PROGRAM) ## the image for ARCH, as IMAGE:VERSION in ENGINE, which is docker or podman
	@[ -n '$(ENGINE)' ] || { echo "no engine is here: install docker.io or podman ('make deps' does)" >&2; exit 1; }
	'$(ENGINE)' build --platform linux/$(ARCH:armv%=arm/v%) --tag '$(IMAGE):$(VERSION)' --build-arg TARGETARCH=$(ARCH:armv%=arm) \
	  --build-arg TARGETVARIANT=$(patsubst arm%,%,$(filter armv%,$(ARCH))) --build-arg VERSION='$(VERSION)' \
	  --build-arg REVISION='$(REVISION)' --build-arg SOURCE='$(SOURCE)' .

archive: $(ARCHIVE).tar ## the image of all platforms as an OCI archive, its SPDX bill of materials, and SHA256SUMS
export IMAGE VERSION SOURCE REVISION SOURCE_DATE_EPOCH MUSL
$(ARCHIVE).tar: $(ARCHS:%=bin/pause-linux-%) Dockerfile test/image/archive.sh test/image/sbom.sh build/image-knobs
	$(call need,image)
	test/image/sbom.sh $(ARCHIVE).spdx.json $(ARCHS:%=bin/pause-linux-%)
	test/image/archive.sh $@ $(ARCHS)
	cd bin && sha256sum $(ARCHS:%=pause-linux-%) $(notdir $@ $(ARCHIVE).spdx.json) >SHA256SUMS

push: $(if $(REGISTRY),$(ARCHIVE).tar) ## the archive to REGISTRY, as pause:VERSION; TLS_VERIFY=false for one without TLS
	@[ -n '$(REGISTRY)' ] || { echo "REGISTRY is not set: make push REGISTRY=host[:port][/path]" >&2; exit 1; }
	@skopeo copy --quiet --all --dest-tls-verify=$(TLS_VERIFY) --digestfile build/digest \
	  oci-archive:$< 'docker://$(REGISTRY)/pause:$(VERSION)' || { echo "nothing was pushed to $(REGISTRY)" >&2; exit 1; }
	@echo "$(REGISTRY)/pause:$(VERSION)@$$(cat build/digest)"

knobs: # for the tests, as JSON
	@jq -n '$$ARGS.named' $(foreach k,$(KNOBS),--arg $k '$($k)')

run: $(PROGRAM) ## hold a sandbox open until Ctrl-C
	$(call need,run)
	@test/sandbox.sh $(PROGRAM)

# $(call suites,SUITE...): runs each, those of engines in a lab of their own, and fails if one of them does.
suites = @status=0; for suite in $1; do case $$suite in *engines*) lab=test/engines/lab.sh;; *) lab=;; esac; \
  PAUSE='$(CURDIR)/$(PROGRAM)' ARCHIVE='$(CURDIR)/$(ARCHIVE).tar' $$lab bats --timing $$suite || status=1; done; exit $$status
ENGINES := $(filter-out %/kubelet.bats,$(wildcard test/engines/*.bats))

test: $(PROGRAM) $(ARCHIVE).tar ## every suite but test-kubelet, as root; STRICT=1 fails what is skipped otherwise
	$(call need,test)
	$(call suites,test test/image $(ENGINES))

# The last kubelet that Debian has the source of; Debian itself builds only kubectl. It is not optimized, to be built
# sooner; what it is built in is 1 GB, and goes away again.
KUBERNETES := build/src/k8s.io/kubernetes
build/kubelet:
	$(call need,kubelet)
	@[ '$(DEBIAN)' = bookworm ] || { \
	  echo "the kubelet is built from a source that only Debian 12 (bookworm) has, with its Go" >&2; exit 1; }
	$(call source,bookworm,$(KUBERNETES))
	cd $(KUBERNETES) && GO111MODULE=off GOPATH='$(CURDIR)/build' GOCACHE='$(CURDIR)/build/go' CGO_ENABLED=0 GOGC=400 \
	  go build -o '$(CURDIR)/$@' -tags providerless -gcflags 'all=-N -l -dwarf=false' \
	  -ldflags '-s -w -X k8s.io/kubernetes/vendor/k8s.io/component-base/version.gitVersion=v1.20.2' k8s.io/kubernetes/cmd/kubelet
	rm -rf build/src build/go

test-kubelet: build/kubelet $(PROGRAM) $(ARCHIVE).tar ## static pods of a real kubelet, which is built once, in minutes
	$(call need,engines)
	$(call need,cri)
	$(call suites,test/engines/kubelet.bats)

# Debian 13, for its newer engines.
build/next: DEBIAN = trixie
build/next:
	$(call need,next)
	@rm -rf $@.tmp
	@$(MIRROR) mmdebstrap --quiet --variant=apt --aptopt='APT::Install-Recommends "false"' \
	  --include='$(sort $(foreach t,$(TOOLS_run) $(TOOLS_test) $(TOOLS_engines) $(TOOLS_cri),$(lastword $(subst :, ,$t))) \
	  make git)' trixie $@.tmp "$$mirror"
	mv $@.tmp $@

test-next: export LAB_TREE = build/next
test-next: $(PROGRAM) $(ARCHIVE).tar | build/next ## the engines' suites with the newer engines of Debian 13
	$(call suites,$(ENGINES) test/engines/kubelet.bats)

bench: $(PROGRAM) ## what one sandbox costs, beside others: a table, and test/bench/memory.svg; as root
	$(call need,bench)
	@test/bench/run.sh $(PROGRAM)

soak: export SOAK ?= 60
soak: $(PROGRAM) ## SOAK=60 seconds under all that a pod can do to it; SEED repeats a run; as root
	$(call suites,test/soak.bats)

# $(call checked,PAUSE,TAG): what is not tagged so: native, what wants little memory or no libraries; deadly, that, and what
# valgrind itself does not live through. Nor refused.bats, which counts system calls.
checked = PAUSE='$(CURDIR)/$1' bats --filter-tags '!$2' $(patsubst %,test/%.bats,cli hostile reap signals soak)
sanitize: $(PROGRAM) ## the program's suites, with address and undefined-behaviour sanitizers, then under valgrind
	$(call need,test)
	$(call need,sanitize)
	gcc -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -o build/sanitized pause.c
	@# the signals are pause's to die of
	ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_abort=0 $(call checked,build/sanitized,native)
	printf '#!/bin/sh\nexec valgrind -q --vgdb=no --error-exitcode=99 "%s" "$$@"\n' '$(CURDIR)/$(PROGRAM)' >build/valgrind
	chmod +x build/valgrind
	$(call checked,build/valgrind,deadly)

mutants: $(PROGRAM) ## a test must fail on each of these changes to pause.c; as root
	$(call need,test)
	@test/mutants/run.sh

lint: build/$(ARCH)/lib/libc.a ## formatters, linters, and -Werror builds with gcc and clang, musl and glibc
	$(call need,lint)
	clang-format --dry-run -Werror pause.c test/bench/exec.c
	clang-tidy --quiet --warnings-as-errors='*' pause.c -- -std=c11
	cppcheck --quiet --error-exitcode=1 --enable=all --suppress=missingIncludeSystem pause.c
	shellcheck -x $(wildcard test/*.sh test/*/*.sh test/*.ba* test/*/*.ba* .ci/run)
	for cc in gcc clang musl-gcc "clang-19 $(call musl-headers,$(ARCH))"; do \
	  $$cc -std=c11 -Wall -Wextra -Wpedantic -Werror -O2 -fsyntax-only pause.c || exit; done

install: $(PROGRAM) ## as DESTDIR/PREFIX/bin/pause
	install -D -m 0755 $(PROGRAM) '$(DESTDIR)$(PREFIX)/bin/pause'
uninstall:
	rm -f '$(DESTDIR)$(PREFIX)/bin/pause'

# apt-get and sudo are looked for only when something is missing.
deps: ## install what the other goals of this command line need
	@missing=; for t in $(foreach d,$(DEPS),$(TOOLS_$d)); do command -v $${t%:*} >/dev/null || missing="$$missing $${t#*:}"; done; \
	[ -n "$$missing" ] || exit 0; \
	command -v apt-get >/dev/null || { echo "no apt-get here; install these by hand:$$missing" >&2; exit 1; }; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	$$sudo apt-get -qq update && DEBIAN_FRONTEND=noninteractive $$sudo apt-get -qq install -y --no-remove --no-install-recommends $$missing

clean: ## all that was built
	rm -rf bin build

help:
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' Makefile | expand -t 21
	@echo; $(foreach k,$(KNOBS),printf '  %-18s %s\n' $k '$($k)';)
