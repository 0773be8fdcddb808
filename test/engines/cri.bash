# A containerd of the lab's own, and a CRI client: protoc writes and reads the messages of cri.proto, curl carries them.
export CONTAINERD_ADDRESS=${LAB-}/containerd.sock CONTAINERD_NAMESPACE=k8s.io

# containerd_up: for setup_file: starts containerd with our image for its sandboxes and $WORK for their containers, and a
# bridge for their network. Fails with the end of its log.
containerd_up() {
	local cri='plugins."io.containerd.grpc.v1.cri"'
	mkdir -p "$LAB/cni"
	cat >"$LAB/cni/bridge.conflist" <<-T
		{"cniVersion": "0.4.0", "name": "lab", "plugins": [{"type": "bridge", "bridge": "lab0", "isGateway": true,
		 "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.99.0.0/24"}]]}}]}
	T
	# No AppArmor: its profiles would be loaded into the machine's kernel. A negative oom_score_adj needs CAP_SYS_RESOURCE,
	# which the root of a container may lack.
	cat >"$LAB/containerd.toml" <<-T
		version = 2
		[grpc]
		address = "$CONTAINERD_ADDRESS"
		[$cri]
		sandbox_image = "$IMAGE"
		disable_apparmor = true
		restrict_oom_score_adj = true
		[$cri.cni]
		bin_dir = "/usr/lib/cni"
		conf_dir = "$LAB/cni"
		[$cri.containerd.runtimes.runc]
		runtime_type = "io.containerd.runc.v2"
		[$cri.containerd.runtimes.crun]
		runtime_type = "io.containerd.runc.v2"
		[$cri.containerd.runtimes.crun.options]
		BinaryName = "crun"
	T
	daemon containerd --config "$LAB/containerd.toml"
	eventually ctr version || {
		tail "$LAB/containerd.log" >&2
		return 1
	}
	work_image "$LAB/work.tar"
	ctr images import "$ARCHIVE"
	ctr images import "$LAB/work.tar"
}

# cri METHOD: calls METHOD of the RuntimeService with the request on stdin, in protobuf's text format, and prints the
# response so. Fails with one line: what protoc or curl says, or the method and the runtime's own message.
cri() {
	local proto=(protoc -I "$TOP/test/engines" cri.proto) hex
	hex=$("${proto[@]}" --encode "runtime.v1.$1Request" | od -An -v -tx1 | tr -d ' \n')
	[ -n "$hex" ] || return
	# gRPC's frame: a zero for not compressed, and the length as four bytes.
	printf '%b' "$(printf '00%08x%s' $((${#hex} / 2)) "$hex" | sed 's/../\\x&/g')" |
		curl -sS --max-time 60 --http2-prior-knowledge --unix-socket "$CONTAINERD_ADDRESS" \
			-H 'content-type: application/grpc' -H 'te: trailers' --data-binary @- \
			-D "$LAB/cri.head" -o "$LAB/cri.body" "http://localhost/runtime.v1.RuntimeService/$1" || return
	grep -q '^grpc-status: 0' "$LAB/cri.head" || {
		sed -n "s/^grpc-message: /$1: /p" "$LAB/cri.head" >&2
		return 1
	}
	tail -c +6 "$LAB/cri.body" | "${proto[@]}" --decode "runtime.v1.$1Response"
}

# cri_field NAME: the string or number NAME of the response on stdin, or nothing.
cri_field() { printf '%b' "$(sed -nE "s/\\\\'/'/g; s/^$1: \"?([^\"]|[^\"].*[^\"])\"?\$/\1/p")"; }

# words FIELD WORD...: these WORDs as a repeated FIELD of a request.
words() { jq -rn --arg field "$1" '$ARGS.positional[] | "\($field): \(@json)"' --args -- "${@:2}"; }

# Verbs of story.bash for containers of which `id NAME` prints containerd's id.
inside() {
	local answer code
	answer=$(cri ExecSync <<<"container_id: '$(id "$1")' timeout: 30 $(words cmd "${@:2}")") || return
	cri_field stdout <<<"$answer"
	cri_field stderr <<<"$answer" >&2
	code=$(cri_field exit_code <<<"$answer")
	return "${code:-0}"
}
pid() { ctr task ls | awk -v id="$(id "$1")" '$1 == id { print $2 }'; }
dead() { ! ctr task ls | grep -q "^$(id "$1") .*RUNNING"; }
die() {
	kill -KILL "$(pid "$1")"
	eventually dead "$1"
}
