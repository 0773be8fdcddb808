# The tools that test/kubernetes/go.mod pins, and the suites that run them
# in the node: SUITE, if not all. KUBERNETES=v1.36.3 is another kubelet.
# CRITEST=all runs all specs of critest.
.PHONY: test-kubernetes test-cluster
test-kubernetes test-cluster: private SHELL = /bin/sh
SUITE = test/kubernetes
GO_MOD := test/kubernetes/go.mod
KUBERNETES ?= $(lastword $(shell grep k8s.io/kubernetes $(GO_MOD)))
TOOLS := build/cache/kubernetes
CLUSTER := etcd kubeadm kubectl \
  kube-apiserver kube-controller-manager kube-scheduler
tools = $(notdir $(shell sed -n 's/^\t\([^ ]*\)$$/\1/p' $(GO_MOD)))
node-tools = $(patsubst kubelet,kubelet-$(KUBERNETES), \
  $(filter-out $(CLUSTER),$(tools)))
# What tests containerd without a cluster.
TESTERS := critest integration cni-bridge-fp containerd-shim-runc-fp-v1

# Go's settings are the user's.
$(TOOLS)/%: private SHELL = /bin/sh
$(TOOLS)/%: $(GO_MOD) test/kubernetes/build.sh
	@bash test/kubernetes/build.sh $@
$(TOOLS)/kubelet-%: $(GO_MOD) test/kubernetes/build.sh
	@bash test/kubernetes/build.sh $@ $*

$(TOOLS)/images.tar: test/kubernetes/images.sh .make/oci.sh
	@echo "build images.tar"
	@bash test/kubernetes/images.sh $@ '$(MIRROR)'

test-kubernetes test-cluster: $(ARCHIVE).tar node \
  $(patsubst %,$(TOOLS)/%,images.tar $(filter-out $(TESTERS),$(node-tools)))
test-kubernetes: $(TESTERS:%=$(TOOLS)/%)
test-kubernetes: ## kubelet, critest, containerd; Go 1.26: 20 minutes
	@PAYLOAD=$(TOOLS) bash test/node/run.sh $(SUITE)
test-cluster: $(CLUSTER:%=$(TOOLS)/%)
test-cluster: ## a cluster by kubeadm; Go 1.26: 45 minutes
	@PAYLOAD=$(TOOLS) bash test/node/run.sh test/cluster
packages-test-cluster = $(packages-test-kubernetes)
packages-test-kubernetes = $(packages-archive) $(packages-node) \
  go:golang-go gcc:gcc pkg-config:pkg-config \
  /usr/include/seccomp.h:libseccomp-dev
