#!/usr/bin/env bats
# A cluster of one node, made by kubeadm, and the pods that kubectl makes in it. kubelet.bats has
# what other versions of the kubelet have to show, too.
load helper
export PATH=/payload/kubernetes:$PATH CONTAINERD_ADDRESS=/run/containerd/containerd.sock
export KUBECONFIG=/etc/kubernetes/admin.conf DEADLINE=900
KUBELET=kubelet-$KUBERNETES
NGINX=registry.k8s.io/e2e-test-images/nginx:1.14-2 # Debian's, by images.sh
NETSHOOT=docker.io/nicolaka/netshoot:1             # bash, curl and ss in its place
OTHER=registry.k8s.io/pause:3.10                   # a sandbox that is not ours, by images.sh
CURL="curl --fail --silent --retry $DEADLINE --retry-delay 1 --retry-all-errors"

setup_file() {
	local image
	sysctl -q net.ipv4.ip_forward=1
	ln -sf "$KUBELET" /payload/kubernetes/kubelet
	start_containerd_2
	import_images
	make_configuration
	for image in $(kubeadm config images list --config /run/kubeadm.yaml); do
		case $image in
		*/pause:*) ctr images tag --force "$REF" "$image" ;;
		*) ctr images tag --force "$NETSHOOT" "$image" ;;
		esac
	done
	start_daemon run_kubelet
	# It wants two processors, and the node has one.
	kubeadm init --config /run/kubeadm.yaml --skip-phases addon/coredns,addon/kube-proxy \
		--ignore-preflight-errors NumCPU >/run/log/kubeadm.log 2>&1
	kubectl wait --for create --timeout "${DEADLINE}s" serviceaccount/default
	kubectl apply --filename - <<-T
		apiVersion: v1
		kind: Pod
		metadata: {name: web-app2}
		spec: {shareProcessNamespace: true, containers: [{name: one, image: '$NGINX'},
		  {name: two, image: '$NETSHOOT', command: [bash, -c,
		  '$CURL http://127.0.0.1/ && exec tail -f /dev/null']}]}
		---
		apiVersion: apps/v1
		kind: Deployment
		metadata: {name: three}
		spec: {replicas: 3, progressDeadlineSeconds: $DEADLINE,
		  selector: {matchLabels: {app: three}}, template: {metadata: {labels: {
		  app: three}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: nginx,
		  image: '$NGINX'}]}}}
	T
}
teardown_file() {
	stop_daemon run_kubelet
	if kubelet=$(pidof "$KUBELET"); then
		kill "$kubelet"
		wait_until is_gone "$kubelet"
	fi
	# The other suites shall not find the kubelet's state, and image names that are not in images.tar.
	# The kernel's settings that the kubelet changed stay.
	status=0
	# shellcheck disable=SC2046 # words
	crictl rmp --all --force && kubeadm reset --force && [ ! -e /var/lib/kubelet/config.yaml ] &&
		ctr images rm $(kubeadm config images list --config /run/kubeadm.yaml) || status=1
	stop_containerd && return "$status"
}
teardown() { :; }

# make_configuration: writes kubeadm's. The programs of the control plane come from the node: images
# of their size take minutes to import. kube-controller-manager ends if the API server is not ready,
# and is started again later and later: so it waits. A liveness or a startup probe would end what is
# slow, and the readiness probe makes a TLS handshake each second. ECDSA keys are made in less time.
make_configuration() {
	local program
	mkdir -p /run/patches
	for program in etcd kube-apiserver kube-controller-manager kube-scheduler; do
		cat >"/run/patches/$program.yaml" <<-T
			spec:
			  volumes: [{name: programs, hostPath: {path: /payload/kubernetes}}]
			  containers:
			  - {name: $program, livenessProbe: null, readinessProbe: null, startupProbe: null,
			    volumeMounts: [{name: programs, mountPath: /usr/local/bin}]}
		T
	done
	cat >>/run/patches/kube-controller-manager.yaml <<-T
		  initContainers:
		  - {name: wait, image: '$NETSHOOT', command: [bash, -c,
		    '$CURL --insecure https://10.0.2.15:6443/livez']}
	T
	cat >/run/kubeadm.yaml <<-T
		apiVersion: kubeadm.k8s.io/v1beta4
		kind: InitConfiguration
		localAPIEndpoint: {advertiseAddress: 10.0.2.15}
		nodeRegistration: {name: node, criSocket: 'unix://$CONTAINERD_ADDRESS', taints: [],
		  imagePullPolicy: Never}
		patches: {directory: /run/patches}
		timeouts: {controlPlaneComponentHealthCheck: ${DEADLINE}s, kubeletHealthCheck: ${DEADLINE}s,
		  kubernetesAPICall: ${DEADLINE}s, etcdAPICall: ${DEADLINE}s}
		---
		apiVersion: kubeadm.k8s.io/v1beta4
		kind: ClusterConfiguration
		encryptionAlgorithm: ECDSA-P256
		kubernetesVersion: $(kubeadm version --output short)
		etcd: {local: {dataDir: /run/etcd, extraArgs: [{name: unsafe-no-fsync, value: 'true'}]}}
		controllerManager: {extraArgs: [{name: leader-elect, value: 'false'}]}
		scheduler: {extraArgs: [{name: leader-elect, value: 'false'}]}
		---
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		cgroupDriver: cgroupfs
		makeIPTablesUtilChains: false
		evictionHard: {memory.available: "0%", nodefs.available: "0%", imagefs.available: "0%"}
		imageGCHighThresholdPercent: 100
	T
}

# run_kubelet: runs the kubelet again and again, as the unit of Kubernetes' packages does, once
# kubeadm has written its configuration. The kubelet ends when the API server is slow to start.
run_kubelet() {
	wait_until test -s /var/lib/kubelet/config.yaml
	# shellcheck disable=SC1091 # kubeadm writes it
	. /var/lib/kubelet/kubeadm-flags.env
	while :; do
		# shellcheck disable=SC2086 # words
		"$KUBELET" --bootstrap-kubeconfig /etc/kubernetes/bootstrap-kubelet.conf \
			--kubeconfig /etc/kubernetes/kubelet.conf --config /var/lib/kubelet/config.yaml \
			$KUBELET_KUBEADM_ARGS || sleep 1 # what it waits for wants the processor
	done
}

inside() { kubectl exec "$POD" --container "$1" -- "${@:2}"; }
wait_ready() { kubectl wait --for condition=Ready --timeout "${DEADLINE}s" "$@"; }

# sandboxes [OPTION...]: prints the sandboxes that run, one a line: PID, ID, image, address, pod.
sandboxes() {
	local id
	for id in $(crictl pods --quiet --state ready "$@"); do
		crictl inspectp "$id"
	done | jq --raw-output \
		'"\(.info.pid) \(.status.id) \(.info.image) \(.status.network.ip) \(.status.metadata.name)"' |
		sort
}

@test "kubectl run: nginx runs in the net, UTS and IPC of pause, under the same shim" {
	POD=web-app1
	kubectl run web-app1 --image "$NGINX"
	wait_ready pod/web-app1
	assert_sandbox Uid=65535
	pause=$(pid_of pod) nginx=$(pid_of web-app1)
	wait_until pgrep --parent "$nginx" --full "nginx: worker process"
	run -0 ps -o ppid=,args= --pid "$pause,$nginx" --ppid "$nginx"
	assert_line --regexp "^ *$(status_field "$pause" PPid) /pause$"
	assert_line --regexp "^ *$(status_field "$pause" PPid) nginx: master process"
	assert_line --regexp "^ *$nginx nginx: worker process"
	assert_equal "$(cat "/proc/$(status_field "$pause" PPid)/comm")" containerd-shim
	assert_joined "net ipc uts" web-app1
	# lsns fails if any process ends meanwhile.
	list_namespaces() { list=$(lsns --noheadings --raw --output TYPE,NS --task "$1"); }
	namespaces() { wait_until list_namespaces "$1" && grep -E "^($2) " <<<"$list"; }
	shared=$(namespaces "$pause" "net|uts|ipc")
	assert_equal "$(wc -l <<<"$shared")" 3
	assert_equal "$(namespaces "$nginx" "net|uts|ipc")" "$shared"
	own=$(namespaces "$pause" "mnt|pid" && namespaces "$nginx" "mnt|pid")
	assert_equal "$(sort -u <<<"$own" | wc -l)" 4
}

@test "a container fetches the page of another over localhost, as kubectl logs and exec show" {
	POD=web-app2
	wait_ready pod/web-app2
	has_log() { [ "$(kubectl logs web-app2 --container two)" = "a page" ]; }
	wait_until has_log
	run -0 inside two ss -tln
	assert_output --partial " 0.0.0.0:80 "
	kubectl port-forward web-app2 8080:80 >/dev/null 3>&- &
	wait_until curl --fail --silent http://127.0.0.1:8080/
	kill $!
}

@test "shareProcessNamespace: pause reaps 2,000 orphans that kubectl exec makes" {
	POD=web-app2 pid=$(pid_of pod)
	assert_joined pid one two
	make_orphans 2000
	wait_until has_no_children
	count_orphans . = 0
}

@test "kubelet and containerd are killed and start again: every pause goes on" {
	POD=web-app1
	kubectl rollout status deployment/three --timeout "${DEADLINE}s"
	before=$(sandboxes) container=$(container_id web-app1) kubelet=$(pidof "$KUBELET")
	assert_equal "$(wc -l <<<"$before")" 9
	kill -KILL "$kubelet"
	kill -KILL "$(</run/containerd.pid)"
	wait_until is_gone "$kubelet"
	start_daemon containerd --config /run/containerd.toml
	wait_until crictl info
	# A kubelet that starts a container again is at work.
	kill -KILL "$(pid_of web-app1)"
	is_another() { id=$(container_id web-app1) && [ "$id" ] && [ "$id" != "$container" ]; }
	wait_until is_another
	assert_equal "$(sandboxes)" "$before"
}

@test "all sandboxes, those of the control plane too, are our image, our file and uid 65535" {
	run -0 sandboxes
	assert_equal ${#lines[@]} 9 # with the three of the deployment
	for name in etcd-node kube-{apiserver,controller-manager,scheduler}-node web-app{1,2}; do
		assert_line --regexp " $name$"
	done
	for sandbox in "${lines[@]}"; do
		read -r pid _ image _ <<<"$sandbox"
		assert_equal "$image" "$REF"
		is_pause "$pid"
		assert_equal "$(status_field "$pid" Uid | cut -f 1)" 65535
	done
}

# kubeadm gives its Job 60 seconds, which a slow machine does not keep. So kubeadm prints the Job,
# and it runs under our deadline.
@test "the Job of kubeadm's preflight for an upgrade runs the image with -v" {
	wait_ready node/node
	# This cluster has no DNS.
	kubeadm upgrade apply phase preflight "$(kubeadm version --output short)" --yes --dry-run \
		--ignore-preflight-errors CoreDNSUnsupportedPlugins,CoreDNSMigration \
		>"$BATS_TEST_TMPDIR/preflight"
	awk '/^\[/ { job = 0 } job { print } /CREATE.*"jobs"/ { jobs = 1 }
		jobs && /Attached object/ { job = 1; jobs = 0 }' "$BATS_TEST_TMPDIR/preflight" |
		sed -E "s/(activeDeadlineSeconds|ttlSecondsAfterFinished): .*/\1: $DEADLINE/" \
			>"$BATS_TEST_TMPDIR/job.yaml"
	job=$(kubectl create --filename "$BATS_TEST_TMPDIR/job.yaml" --output name)
	kubectl wait --namespace kube-system --for condition=complete --timeout "${DEADLINE}s" "$job"
	run -0 kubectl get --namespace kube-system "$job" \
		--output 'jsonpath={.spec.template.spec.containers[*].args}'
	assert_output '["-v"]'
	run -0 kubectl logs --namespace kube-system "$job"
	assert_output "pause.c $VERSION"
}

set_sandbox() { sed -i "s,^\(sandbox = \).*,\1'$1'," /run/containerd.toml; }
systemctl() { # restart containerd
	stop_daemon containerd
	start_daemon containerd --config /run/containerd.toml
	wait_until crictl info
}

# roll_out: runs the README's commands, which make our image the sandbox. Fails unless it is pinned.
roll_out() {
	readme_commands | sed "s,pause-VERSION.tar,$ARCHIVE,; s,NAME,$REF,
		s,^# /etc/containerd/config.toml.*,set_sandbox $REF,; /^#/d" >"$BATS_TEST_TMPDIR/commands"
	# shellcheck disable=SC1091 # the README's commands
	source "$BATS_TEST_TMPDIR/commands" >"$BATS_TEST_TMPDIR/out"
	assert_equal "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" true
}

# run_pod NAME: runs a pod, and prints its sandbox.
run_pod() {
	kubectl run "$1" --image "$NGINX" >&2 && wait_ready "pod/$1" >&2 && show_pod "$1"
}
show_pod() { sandboxes --name "^$1\$"; }

@test "the README's roll-out: pods keep sandbox and address, there and back" {
	ours=$(show_pod web-app1)
	assert_regex "$ours" "$REF 10[.]99[.][^ ]+ web-app1$"
	set_sandbox "$OTHER"
	systemctl restart containerd
	stays=$(run_pod other)
	assert_regex "$stays" "$OTHER 10[.]99[.][^ ]+ other$"
	assert_equal "$(show_pod web-app1)" "$ours"
	crictl rmi "$REF" # with kubeadm's tag of it, so the Job is above
	assert_refused "no such image" crictl inspecti "$REF"
	roll_out
	assert_regex "$(run_pod new)" "$REF 10[.]99[.][^ ]+ new$"
	POD=new assert_sandbox Uid=65535 CapEff=0000000000000000 NoNewPrivs=1
	assert_equal "$(show_pod other)" "$stays"
	assert_equal "$(show_pod web-app1)" "$ours"
}

@test "a deployment of three is scaled to none: no process, cgroup or namespace is left" {
	mapfile -t pods < <(sandboxes --label app=three)
	assert_equal "${#pods[@]}" 3
	paths=() links=$BATS_TEST_TMPDIR/links
	for pod in "${pods[@]}"; do
		read -r pid id _ <<<"$pod"
		cgroup=/sys/fs/cgroup$(cut -d : -f 3 "/proc/$pid/cgroup")
		paths+=("/proc/$pid" "$cgroup" "${cgroup%/*}" "$(crictl inspectp "$id" | jq --raw-output \
			'.info.runtimeSpec.linux.namespaces[] | select(.type == "network").path')")
		readlink "/proc/$pid"/ns/{net,ipc,uts,mnt,pid} >>"$links"
	done
	assert_equal "$(wc -l <"$links") ${#paths[@]}" "15 12"
	for path in "${paths[@]}"; do assert_exists "$path"; done
	has_namespaces() { readlink /proc/*/ns/* | grep -qFxf "$links"; }
	has_namespaces

	kubectl scale deployment/three --replicas 0
	has_nothing() {
		for path in "${paths[@]}"; do [ ! -e "$path" ] || return; done
		! has_namespaces
	}
	wait_until has_nothing
}
