# The tools that test/kubernetes/go.mod pins, and the suites that run them
# in the node: SUITE, if not all; all tools are built for each. For
# kubelet.bats KUBERNETES=v1.36.3 is another kubelet. CRITEST=all runs all
# specs of critest.
.PHONY: test-kubernetes
test-kubernetes: private SHELL = /bin/sh
SUITE = test/kubernetes
GO_MOD := test/kubernetes/go.mod
KUBERNETES ?= $(lastword $(shell grep k8s.io/kubernetes $(GO_MOD)))
TOOLS := build/cache/kubernetes
tools = etcd $(notdir $(shell sed -n 's/^\t\([^ ]*\)$$/\1/p' $(GO_MOD)))
node-tools = images.tar $(patsubst kubelet,kubelet-$(KUBERNETES),$(tools))

# Go's settings are the user's.
$(TOOLS)/%: private SHELL = /bin/sh
$(TOOLS)/%: $(GO_MOD) test/kubernetes/build.sh
	@bash test/kubernetes/build.sh $@
$(TOOLS)/kubelet-%: $(GO_MOD) test/kubernetes/build.sh
	@bash test/kubernetes/build.sh $@ $*

$(TOOLS)/images.tar: test/kubernetes/images.sh .make/oci.sh
	@echo "build images.tar"
	@bash test/kubernetes/images.sh $@ '$(MIRROR)'

test-kubernetes: $(ARCHIVE).tar node $(node-tools:%=$(TOOLS)/%)
test-kubernetes: ## cluster, kubelet, critest; Go 1.26: 45 minutes
	@PAYLOAD=$(TOOLS) bash test/node/run.sh $(SUITE)
packages-test-kubernetes = $(packages-archive) $(packages-node) \
  go:golang-go gcc:gcc pkg-config:pkg-config \
  /usr/include/seccomp.h:libseccomp-dev
