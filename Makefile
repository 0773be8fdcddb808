# Variables that a user may set; `make print-NAME` prints one. README.md describes them.
ARCH    ?= $(HOST)
VERSION ?= $(or $(subst /,-,$(subst +,-,$(word 3,$(COMMIT)))),HEAD)
CFLAGS  ?= -Oz
LDFLAGS ?=
LLVM    ?= $(or $(NEWEST),$(if $(call find,apt-get),-22,1))
MUSL    ?= $(MUSL_FILE)
PREFIX  ?= /usr/local
DESTDIR ?=
IMAGE      ?= localhost/pause
ENGINE     ?= $(firstword $(foreach e,docker podman,$(if $(call find,$e),$e)))
REGISTRY   ?=
TLS_VERIFY ?= true
OVERWRITE  ?=
COSIGN_KEY ?=
COSIGN_PUB ?= cosign.pub
KEYLESS    ?=
COSIGN_IDENTITY ?=
COSIGN_ISSUER   ?= https://token.actions.githubusercontent.com
SOURCE     ?=
REVISION   ?= $(word 1,$(COMMIT))
BUILDER    ?= $(or $(SOURCE),urn:pause)
SOURCE_DATE_EPOCH ?= $(or $(word 2,$(COMMIT)),0)

# Each cell of the table of platforms is a variable: target-amd64, processor-amd64 and so on.
ARCHS := $(shell awk '/^[^\#]/ && $$1 != "name" { print $$1 }' .make/platforms)
$(foreach cell,$(shell awk '/^\#/ { next } \
  $$1 == "name" { split($$0, column); next } \
  { for (i = 2; i <= NF; i++) print column[i] "-" $$1 "=" $$i }' .make/platforms), \
  $(eval $(subst :, ,$(cell))))
FIXED := $(strip $(foreach a,$(ARCHS),$(if $(filter fixed,$(address-$a)),$a)))
link-riscv64 := -Wl,-mllvm,-mattr=+d # LTO forgets the target's features

MACHINE := $(shell uname -m)
HOST := $(firstword $(foreach a,$(ARCHS),$(if $(filter $(MACHINE),$(uname-$a)),$a)) $(MACHINE))

# Hash, time and name of the commit, from this directory's own git, or as git archive wrote them.
COMMIT := $(shell if [ -e .git ]; then { git log -1 --no-show-signature --format='%H %ct' && \
  git describe --tags --always --dirty --abbrev=12; } 2>/dev/null || { git log -1 2>&1 >&-; \
  exit 1; }; else sed -n '/Format/!s/^\(.\{12\}\).*/& \1/p' .version 2>/dev/null || :; fi)
ifneq ($(.SHELLSTATUS),0)
GIT_FAILED := $(COMMIT): set VERSION, REVISION and SOURCE_DATE_EPOCH, or let git read this checkout
endif

# The official release of musl, of which Debian has a copy, and the parts of it that pause links.
MUSL_VERSION := 1.2.5
MUSL_SHA256  := a9a118bbe84d8764da0ea0d28b3ab3fae8477fc7e4085d90102b8596fc7c75e4
MUSL_URL     := https://musl.libc.org/releases/musl-$(MUSL_VERSION).tar.gz
MUSL_DEBIAN  := pool/main/m/musl/musl_$(MUSL_VERSION).orig.tar.gz
MUSL_FILE    := build/cache/musl-$(MUSL_VERSION).tar.gz
MIRROR = $(shell apt-get indextargets --format '$$(REPO_URI)' 'Created-By: Packages' \
  'Label: Debian' 2>/dev/null | grep -m 1 ^http)
MUSL_PARTS := __libc_start_main __init_tls __environ __stack_chk_fail __errno_location exit _Exit \
  _exit libc defsysinfo __syscall_cp syscall_ret __set_thread_area atomics abort_lock __lock \
  default_attr block restore memcpy memmove memset strlen getpid pause poll pthread_sigmask \
  sigaction sigaddset sigemptyset sigfillset sigprocmask sigtimedwait waitpid write

# What the program needs whatever CFLAGS and LDFLAGS are: one segment of code and constants, one
# of data, and nothing for an unwinder.
BASE_CFLAGS  = -std=c11 -DVERSION='$(VERSION)' -fno-asynchronous-unwind-tables
BASE_LDFLAGS = -Wl,-s,--gc-sections,--build-id=none,-z,norelro,-z,noseparate-code,-z,noexecstack
SUFFIX = $(filter-out 1,$(LLVM))
# LTO makes code and data so short that the data ends in the page that it begins in.
CLANG  = clang$(SUFFIX) --no-default-config --target=$(target-$*) $(processor-$*) -flto \
  $(if $(filter $*,$(FIXED)),-fno-pie,-fpie)
LLD    = -fuse-ld=lld$(SUFFIX) $(if $(filter $*,$(FIXED)),-static,-static-pie) -nostdlib \
  -Wl,--no-rosegment -Xlinker --package-metadata='{"name":"pause","version":"$(VERSION)"}'
find   = $(wildcard $(addsuffix /$1,$(subst :, ,$(PATH))))
NEWEST = $(patsubst ld.lld%,%,$(lastword $(sort $(notdir \
  $(foreach v,19 [2-9][0-9],$(call find,ld.lld-$v))))))

PROGRAM  = bin/pause-linux-$(ARCH)
PROGRAMS = $(ARCHS:%=bin/pause-linux-%)
ARCHIVE  = bin/pause-$(VERSION)

ifneq ($(if $(findstring ',$(VERSION)),,$(shell printf '%s' '$(VERSION)' | \
  grep -cxE '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}')),1)
  $(error VERSION=$(VERSION) is no image tag: at most 128 letters, digits, '_', '.' and '-')
endif

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: default all install uninstall deps clean distclean help FORCE
ifneq ($(filter deps image,$(MAKECMDGOALS)),)
.NOTPARALLEL: # the other goals need what deps installs; image and archive share build/image
endif
unexport CPATH C_INCLUDE_PATH LIBRARY_PATH # the user's compiler may need them, but not ours

##@ Build
default: $(PROGRAM) ## the program for ARCH
all: $(PROGRAMS) ## the programs for all platforms
install: $(PROGRAM) ## the program as DESTDIR/PREFIX/bin/pause
	install -D -m 0755 $(PROGRAM) '$(DESTDIR)$(PREFIX)/bin/pause'
uninstall:
	rm -f '$(DESTDIR)$(PREFIX)/bin/pause'

# $(call require,COMMAND:PACKAGE...): one line says which command is missing.
missing = { ! command -v $${t%:*} >/dev/null && [ ! -e $${t%:*} ]; }
require = @for t in $1; do ! $(missing) || { echo "$${t%:*} is missing; it is \
	in the package $${t\#*:}, which 'make deps' installs" >&2; exit 1; }; done
packages-build = clang$(SUFFIX):clang$(SUFFIX) ld.lld$(SUFFIX):lld$(SUFFIX)

# Targets depend on variables, too: these files change when the variables do.
build/musl.vars: export VARS = $(MUSL) $(MUSL_SHA256) $(LLVM)
build/program.vars: export VARS = $(CC) $(LLVM) $(BASE_CFLAGS) $(CFLAGS) $(BASE_LDFLAGS) $(LDFLAGS)
build/image.vars: export VARS = $(ARCHS) $(IMAGE) $(SOURCE) $(REVISION) $(SOURCE_DATE_EPOCH) \
  $(BUILDER)
build/%.vars: FORCE
	$(if $(and $(GIT_FAILED),$(filter file,$(origin VERSION) $(if $(filter %/image.vars,$@), \
	  $(origin REVISION) $(origin SOURCE_DATE_EPOCH)))),$(error $(GIT_FAILED)))
	@mkdir -p $(@D) && printf '%s\n' "$$VARS" | cmp -s - $@ || printf '%s\n' "$$VARS" >$@

# build/musl is unpacked from the pinned file, or a link to the user's tree.
$(MUSL_FILE):
	@mkdir -p $(@D)
	@{ [ -n '$(MIRROR)' ] && /usr/lib/apt/apt-helper -qq -o APT::Sandbox::User=root \
	    download-file '$(MIRROR)$(MUSL_DEBIAN)' $@ || curl -fsLo $@ $(MUSL_URL); } 2>/dev/null || { \
	  echo "no mirror of Debian and no $(MUSL_URL) can be reached:" \
	  "download that file elsewhere, and run make MUSL=FILE" >&2; exit 1; }
build/musl.tree: build/musl.vars | $(MUSL)
	@rm -rf build/musl
ifneq ($(wildcard $(MUSL)/configure),)
	@ln -s '$(abspath $(MUSL))' build/musl
else
	@echo '$(MUSL_SHA256)  $(MUSL)' | sha256sum --check --status 2>/dev/null || { \
	  rm -f $(MUSL_FILE); echo "$(MUSL) is not the tar file of musl $(MUSL_VERSION): its SHA-256" \
	  "is not $(MUSL_SHA256)" >&2; exit 1; }
	@mkdir build/musl && tar -xzf '$(MUSL)' --strip-components=1 -C build/musl
endif
	@touch $@

# make -n would run a recipe that names MAKE itself.
submake = $(MAKE)
# C stands in for the assembly for arm and arm64, whose copyright holders are not musl's. musl's
# Makefile must not get our ARCH and CFLAGS, which MAKEFLAGS would hand on.
build/%/lib/libc.a: Makefile build/musl.tree
	$(if $(target-$*),,$(error ARCH=$* is none of: $(ARCHS)))
	$(call require,$(packages-build))
	@[ "$$(echo __clang_major__ | $(CLANG) -E -P -)" -ge 19 ] || { echo "clang$(SUFFIX) is too" \
	  "old: LLVM 19 or newer is needed, which 'make deps LLVM=-22' installs" >&2; exit 1; }
	@rm -rf build/$* && mkdir -p build/$*
	@echo "musl for $*"; cd build/$* && ../musl/configure --target=$(target-$*) --disable-shared \
	  CC='$(CLANG)' AR=ar RANLIB=: LIBCC=none CFLAGS=-Oz >configure.log 2>&1 && MAKEFLAGS= \
	$(submake) -s C='$(MUSL_PARTS)' S='$(filter-out $(if $(filter arm%,$*),mem%),$(MUSL_PARTS))' \
	  BASE_GLOBS='$$(C:%=$$(srcdir)/src/*/%.c) $$(srcdir)/crt/crt1.c' \
	  ARCH_GLOBS='$$(S:%=$$(srcdir)/src/*/$$(ARCH)/%.[csS])' lib/crt1.o lib/libc.a

# $(call link,INPUT...): tests link with it, too.
link = $(CLANG) $(BASE_CFLAGS) $(CFLAGS) -fno-stack-protector -nostdlibinc \
  $(addprefix -isystem build/,$*/obj/include musl/arch/$(shell sed -n 's/^ARCH = //p' \
  build/$*/config.mak 2>&-) musl/arch/generic musl/include) $(LLD) $(link-$*) $(BASE_LDFLAGS) \
  $(LDFLAGS) -o $@ $1 .make/pause.ld
ifneq ($(origin CC),command line)
bin/pause-linux-%: pause.c Makefile .make/pause.ld build/program.vars build/%/lib/libc.a
	@mkdir -p bin
	$(call link,build/$*/lib/crt1.o pause.c build/$*/lib/libc.a)
	@chmod 0755 $@ # the umask is no part of the image
else # musl-gcc, or a compiler whose own libc is musl
bin/pause-linux-%: pause.c Makefile build/program.vars
	@[ '$*' = '$(HOST)' ] || { echo "CC=$(CC) builds for this machine, $(HOST), and not for $*:" \
	  "leave CC out" >&2; exit 1; }
	@mkdir -p bin
	$(CC) -static $(BASE_CFLAGS) $(CFLAGS) $(BASE_LDFLAGS) $(LDFLAGS) -o $@ pause.c
	@! readelf --program-headers $@ | grep -qE 'INTERP|DYNAMIC' || { \
	  echo "CC=$(CC) does not link statically: leave CC out, or take musl-gcc" >&2; exit 1; }
endif

include .make/image.mk
-include test/test.mk

##@ Other
packages = $(packages-build) \
  $(foreach g,$(or $(filter-out deps,$(MAKECMDGOALS)),test),$(packages-$g))
deps: ## install what the other goals of this command line need
	@missing=$$(for t in $(packages); do ! $(missing) || echo "$${t#*:}"; done); \
	[ -n "$$missing" ] || exit 0; command -v apt-get >/dev/null || { \
	  echo "no apt-get is here; install by hand:" $$missing >&2; exit 1; }; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=$$(command -v sudo) || { \
	  echo "run this as root, for it installs packages:" $$missing >&2; exit 1; }; \
	$$sudo apt-get -qq update && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-remove \
	  --no-install-recommends $$missing || { case " $$missing " in *" cosign "*) \
	  echo "cosign is a package from Debian 13 on; before: go install $(COSIGN)" >&2; esac; exit 1; }
clean: ## all that was built, but not what was fetched
	@rm -rf bin
	@! [ -d build ] || find build -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +
distclean: ## what was fetched, too
	rm -rf bin build
print-%:
	@: $(info $($*))
help:
	@awk -F ':.*## ' '/^##@/ { print substr($$0, 5) ":" } \
	  /^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Variables:'; sed -n 's/^\([A-Z_]*\) *?=.*/  \1/p' $(MAKEFILE_LIST) | paste -sd ' '
