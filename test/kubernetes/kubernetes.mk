# The tools that test/kubernetes/go.mod pins, and the suites that run them in the node.
# KUBERNETES=v1.36.3 is another kubelet. CRITEST=all runs all specs of critest.
.PHONY: test-kubernetes test-cluster
test-kubernetes test-cluster: private SHELL = /bin/sh
KUBERNETES ?= $(lastword $(shell grep k8s.io/kubernetes test/kubernetes/go.mod))
TOOLS := build/cache/kubernetes
CLUSTER := etcd kubeadm kubectl kube-apiserver kube-controller-manager kube-scheduler
tools = $(notdir $(shell sed -n 's/^\t\([^ ]*\)$$/\1/p' test/kubernetes/go.mod))
node-tools = $(patsubst kubelet,kubelet-$(KUBERNETES),$(filter-out $(CLUSTER),$(tools)))
$(TOOLS)/%: private SHELL = /bin/sh # Go's settings are the user's
$(TOOLS)/%: test/kubernetes/go.mod test/kubernetes/build.sh
	@bash test/kubernetes/build.sh $@
$(TOOLS)/kubelet-%: test/kubernetes/go.mod test/kubernetes/build.sh
	@bash test/kubernetes/build.sh $@ $*
$(TOOLS)/images.tar: test/kubernetes/images.sh .make/oci.sh
	@echo "build images.tar"
	@bash test/kubernetes/images.sh $@ '$(MIRROR)'
test-kubernetes test-cluster: $(ARCHIVE).tar node \
  $(patsubst %,$(TOOLS)/%,images.tar $(node-tools))
test-kubernetes: ## kubelet, containerd 2, critest, in the node; needs Go 1.26: 15 minutes
	@PAYLOAD=$(TOOLS) bash test/node/run.sh test/kubernetes
test-cluster: $(CLUSTER:%=$(TOOLS)/%) ## a cluster by kubeadm, in the node: 45 minutes
	@PAYLOAD=$(TOOLS) bash test/node/run.sh test/cluster
packages-test-cluster = $(packages-test-kubernetes)
packages-test-kubernetes = $(packages-archive) $(packages-node) go:golang-go \
  gcc:gcc pkg-config:pkg-config /usr/include/seccomp.h:libseccomp-dev
