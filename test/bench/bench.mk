# pause is measured beside itself at a fixed address, itself with glibc as
# Kubernetes links its own, and the baseline: at the usual address, and
# near the stack, whose page tables it shares there.
.PHONY: bench test-memory
BENCH := build/bench-$(ARCH)
SUBJECTS := pause pause-fixed pause-glibc \
  baseline-low baseline-high
high-amd64 := 0x7f8000000000
high-arm64 := 0xff8000000000
bench test-memory: private SHELL = /bin/sh

bench: $(BENCH)/memory.tap $(BENCH)/start
bench: ## what a sandbox costs, beside others: 10 minutes
	@bash test/bench/run.sh $(BENCH)
packages-bench = $(packages-test-memory) \
  strace:strace catatonit:catatonit tini:tini

test-memory: $(BENCH)/memory.tap
test-memory: ## the limits of memory, in the node: 5 minutes
	@cat $<
packages-test-memory = $(packages-archive) $(packages-node) gcc:gcc
$(BENCH)/memory.tap: test/bench/memory.bats \
  $(SUBJECTS:%=$(BENCH)/%) | node
	@printf '%s\n' $(SUBJECTS) 'sleep infinity' 'catatonit -P' \
	  'tini -- sleep infinity' >$(@D)/commands
	@echo "The node measures memory, for some minutes."
	@PAYLOAD='$(CURDIR)/$(@D)' bash test/node/run.sh $< >$@ || { \
	  cat $@; exit 1; }

build/bench-%/pause: bin/pause-linux-%
	@install -D $< $@
build/bench-%/pause-glibc: pause.c build/bench-%/pause
	gcc -Os -static -s -o $@ $<
build/bench-%/start: test/bench/start.c build/bench-%/pause
	gcc -O2 -static -o $@ $<

FIXED_SUBJECTS := build/bench-%/pause-fixed \
  build/bench-%/baseline-low build/bench-%/baseline-high
$(FIXED_SUBJECTS): private is-fixed = 1
build/bench-%/pause-fixed: pause.c build/bench-%/pause
	@$(call link,$< $(LIBC))
build/bench-%/baseline-low: test/bench/baseline.c \
  build/bench-%/pause
	@$(call link,$<)
no-address = $(error make bench knows no address near the stack for $*)
build/bench-%/baseline-high: private LDFLAGS += \
  -Wl,--image-base=$(or $(high-$*),$(no-address)) \
  -Wl,--defsym=_DYNAMIC=__ehdr_start
build/bench-%/baseline-high: test/bench/baseline.c \
  build/bench-%/pause
	@$(call link,$<)
