# The tools that test/kubernetes/go.mod pins, and the suites that run them in the node.
# KUBERNETES=v1.36.3 is another kubelet. CRITEST=all runs all specs of critest.
.PHONY: test-kubernetes
KUBERNETES ?= $(lastword $(shell grep k8s.io/kubernetes test/kubernetes/go.mod))
TOOLS := build/cache/kubernetes
$(TOOLS)/%: test/kubernetes/go.mod test/kubernetes/build.sh
	$(call require,$(packages-test-kubernetes))
	@test/kubernetes/build.sh $@
$(TOOLS)/kubelet-%: test/kubernetes/go.mod test/kubernetes/build.sh
	$(call require,$(packages-test-kubernetes))
	@test/kubernetes/build.sh $@ $*
$(TOOLS)/images.tar: test/kubernetes/images.sh
	$(call require,$(packages-node))
	@echo "build images.tar"
	@test/kubernetes/images.sh $@ '$(MIRROR)'
test-kubernetes: export PAYLOAD := $(TOOLS)
test-kubernetes: $(ARCHIVE).tar $(NODE)/vmlinuz $(addprefix $(TOOLS)/,images.tar $(notdir $(subst \
  /kubelet,/kubelet-$(KUBERNETES),$(shell sed -n 's/^\t\([^ ]*\)$$/\1/p' test/kubernetes/go.mod))))
test-kubernetes: ## kubelet, containerd 2, critest, in the node; needs Go 1.26: 15 minutes
	@test/node/run.sh test/kubernetes
packages-test-kubernetes := go:golang-go gcc:gcc pkg-config:pkg-config \
  /usr/include/seccomp.h:libseccomp-dev $(packages-node)
