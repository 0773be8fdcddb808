// The versions of the programs that test/kubernetes runs. build.sh builds each tool in the tree
// of its own module, with the dependencies of its release. So this file lists no indirect
// requirements, and `go mod tidy` is not for it. build.sh adds a new version's sums to go.sum.
module test/kubernetes

go 1.26.8

tool (
	github.com/containerd/containerd/v2/cmd/containerd
	github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2
	github.com/containerd/containerd/v2/cmd/ctr
	github.com/containerd/containerd/v2/integration
	github.com/containerd/containerd/v2/integration/failpoint/cmd/cni-bridge-fp
	github.com/containerd/containerd/v2/integration/failpoint/cmd/containerd-shim-runc-fp-v1
	github.com/containernetworking/plugins/plugins/ipam/host-local
	github.com/containernetworking/plugins/plugins/main/bridge
	github.com/containernetworking/plugins/plugins/main/loopback
	github.com/containernetworking/plugins/plugins/meta/portmap
	github.com/opencontainers/runc
	k8s.io/kubernetes/cmd/kube-apiserver
	k8s.io/kubernetes/cmd/kube-controller-manager
	k8s.io/kubernetes/cmd/kube-scheduler
	k8s.io/kubernetes/cmd/kubeadm
	k8s.io/kubernetes/cmd/kubectl
	k8s.io/kubernetes/cmd/kubelet
	sigs.k8s.io/cri-tools/cmd/crictl
	sigs.k8s.io/cri-tools/cmd/critest
)

require (
	github.com/containerd/containerd/v2 v2.4.2
	github.com/containernetworking/plugins v1.10.0
	github.com/opencontainers/runc v1.5.2
	k8s.io/kubernetes v1.37.2
	sigs.k8s.io/cri-tools v1.37.0
)
