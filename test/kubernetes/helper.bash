# Pods, as crictl sees them. The suites run in the node, where /payload/kubernetes has the programs
# of go.mod. A suite puts it into PATH, and sets CONTAINERD_ADDRESS, which is ctr's variable, too.
load ../runtimes/helper
export CONTAINERD_NAMESPACE=k8s.io CRI_CONFIG_FILE=/run/crictl.yaml
export POD=pod

# start_containerd COMMAND...: starts containerd, with the configuration on stdin, and our image.
start_containerd() {
	mkdir -p /run/cni
	cat >/run/containerd.toml
	cat >/run/cni/pod.conflist <<-T
		{"cniVersion": "1.0.0", "name": "pod", "plugins": [
			{"type": "bridge", "bridge": "cni0", "isGateway": true, "ipam": {"type": "host-local",
				"ranges": [[{"subnet": "10.99.0.0/16"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
			{"type": "portmap", "capabilities": {"portMappings": true}}]}
	T
	printf 'runtime-endpoint: unix://%s\ntimeout: 120\n' "$CONTAINERD_ADDRESS" >"$CRI_CONFIG_FILE"
	start_daemon "$@" --config /run/containerd.toml
	wait_until crictl info
	ctr images import "$ARCHIVE" >/dev/null
}

# stop_containerd: removes the pods, and stops containerd in any case. Fails if a pod stays. Let it
# be the last command of teardown_file: bats ignores the status of the others.
stop_containerd() {
	local status=0
	crictl rmp --all --force || status=1
	stop_daemon containerd && return "$status"
}

# These print the README's commands for containerd 2, and the setting among their comments.
readme_commands() { sed '1,/<summary>containerd 2</d; /^```$/,$d; /^```sh$/d' "$TOP/README.md"; }
readme_setting() { readme_commands | sed -n 's/^#  *\(\[plugins.*\|sandbox = .*\)/\1/p'; }

# start_containerd_2 [IMAGE [CONFIGURATION]]: starts the containerd of go.mod. The README's setting
# makes our image, or IMAGE, its sandbox.
start_containerd_2() {
	start_containerd containerd <<-T
		version = 4
		root = "/var/lib/containerd/2"
		[plugins."io.containerd.cri.v1.images"]
			registry.config_path = "/run/certs.d"
		[plugins."io.containerd.cri.v1.runtime"]
			# Else it asks every shim each second what its containers use.
			stats_collect_period = "1h"
		[plugins."io.containerd.cri.v1.runtime".cni]
			bin_dirs = ["/payload/kubernetes"]
			conf_dir = "/run/cni"
		[timeouts] # else a shim that does not answer within 5 s is taken for dead
			"io.containerd.timeout.shim.load" = "5m"
		$(readme_setting | sed "s,NAME,${1-$REF},")
		${2-}
	T
}

# serve_image SOURCE NAME: our registry has the image SOURCE as NAME.
serve_image() {
	skopeo copy --quiet --dest-tls-verify=false "$1" "docker://127.0.0.1:5000/$2"
}

# import_images: gives containerd the images that images.sh made, once.
import_images() {
	[ "$(ctr images ls -q 'name~=e2e-test-images')" ] ||
		ctr images import /payload/kubernetes/images.tar >/dev/null
}

# These mean the sandbox and the containers of the pod POD. container COMMAND NAME [OPTION...].
container() {
	crictl "$1" --state running --name "^$2\$" --label "io.kubernetes.pod.name=$POD" "${@:3}"
}
sandbox_id() { crictl pods --quiet --state ready --name "^$POD\$"; }
container_id() { container ps "$1" --quiet; }
pid_of() {
	case $1 in
	pod) crictl inspectp --state ready --name "^$POD\$" ;;
	*) container inspect "$1" ;;
	esac | jq --exit-status .info.pid
}
inside() { crictl exec "$(container_id "$1")" "${@:2}"; }
