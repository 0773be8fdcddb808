# The tools that test/kubernetes/go.mod pins, and the suites that run them in the node.
# KUBERNETES=v1.36.3 is another kubelet. CRITEST=all runs all specs of critest.
.PHONY: test-kubernetes
test-kubernetes: private SHELL = /bin/sh
KUBERNETES ?= $(lastword $(shell grep k8s.io/kubernetes test/kubernetes/go.mod))
TOOLS := build/cache/kubernetes
tools = $(notdir $(shell sed -n 's/^\t\([^ ]*\)$$/\1/p' test/kubernetes/go.mod))
$(TOOLS)/%: private SHELL = /bin/sh # Go's settings are the user's
$(TOOLS)/%: test/kubernetes/go.mod test/kubernetes/build.sh
	@bash test/kubernetes/build.sh $@
$(TOOLS)/kubelet-%: test/kubernetes/go.mod test/kubernetes/build.sh
	@bash test/kubernetes/build.sh $@ $*
$(TOOLS)/images.tar: test/kubernetes/images.sh .make/oci.sh
	@echo "build images.tar"
	@bash test/kubernetes/images.sh $@ '$(MIRROR)'
test-kubernetes: $(ARCHIVE).tar node $(TOOLS)/images.tar \
  $(patsubst %,$(TOOLS)/%,$(tools:kubelet=kubelet-$(KUBERNETES)))
test-kubernetes: ## kubelet, containerd 2, critest, in the node; needs Go 1.26: 15 minutes
	@PAYLOAD=$(TOOLS) bash test/node/run.sh test/kubernetes
packages-test-kubernetes = $(packages-archive) $(packages-node) go:golang-go \
  gcc:gcc pkg-config:pkg-config /usr/include/seccomp.h:libseccomp-dev
