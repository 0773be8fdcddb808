#!/usr/bin/env bats
# The OCI runtimes by themselves, as a shell drives them: a bundle that umoci unpacked, run by runc, crun and gVisor.
load story
# What umoci's bundles ask for: the image's user, no-new-privileges, and no seccomp.
STATE=(Uid 65535 Seccomp 0 NoNewPrivs 1) RUNTIME=(runc)

setup_file() {
	stage runc crun runsc busybox umoci skopeo jq || return 0
	cd "$LAB" || return
	work_image work.tar
	skopeo copy --quiet "oci-archive:$ARCHIVE" oci:images:pod
	umoci unpack --image images:pod pod
	umoci unpack --image work.oci:work one
	cp -r one two
	for bundle in pod one two; do
		mv "$bundle/config.json" "$bundle/umoci.json"
	done
}

oci() { "${RUNTIME[@]}" --root "$LAB/state" "$@"; }
state() { oci state "$1" | jq -r "$2"; }
is() { [ "$(state "$1" .status)" = "$2" ]; }

# bundle NAME FILTER [--arg VARIABLE VALUE]...: NAME's config.json is umoci's own with what jq's FILTER makes of it.
bundle() {
	jq --arg name "$1" "${@:3}" ".process.terminal = false | .linux.cgroupsPath = \"/\" + \$name | ${2:-.}" \
		"$1/umoci.json" >"$1/config.json"
}

# In the foreground, for a runtime then exits with the status of the container.
sandbox() {
	bundle pod "${1-}"
	{ oci run --bundle pod pod && echo 0 >status || echo $? >status; } </dev/null >said 2>&1 3>&- &
	eventually is pod running
}
# JOIN is what joining means to the runtime: by default, a namespace with the path of the sandbox's.
JOIN='.linux.namespaces |= map(if joined then .path = "/proc/\($pid)/ns/\(ns)" else . end)'
join() {
	bundle "$1" "def ns: {network: \"net\"}[.type] // .type; def joined: ns as \$ns | \$types | contains(\$ns);
		.process.args = (\$command | split(\" \")) | $JOIN" \
		--arg command "${*:2}" --arg types "$SHARED ${PIDS/shared/pid}" --arg pid "$(pid pod)"
	launch "$1"
}
launch() { oci run --detach --bundle "$1" "$1" </dev/null >"$1/log" 2>&1 || { cat "$1/log"; return 1; } }
inside() { oci exec "$@"; }
pid() { state "$1" .pid; }
die() { oci kill "$1" KILL && eventually is "$1" stopped; }
again() { oci delete "$1" && launch "$1"; }
stop() {
	oci kill pod TERM
	eventually [ -s status ]
	cat said
	return "$(cat status)"
}
clear() {
	for name in one two pod; do
		oci delete --force "$name"
	done >/dev/null 2>&1
	rm -f "$LAB/status"
}
left() { oci list --quiet; }

HOSTILE='.process.user = {uid: 12345, gid: 12345} | .process.capabilities = {} | .root.readonly = true
	| .linux.resources += {pids: {limit: 8}, memory: {limit: 16777216}}'

@test "runc: the story of a pod" {
	story
}

@test "runc: the story under hostile settings" {
	hostile 12345 "$HOSTILE"
}

@test "crun: the story of a pod" {
	RUNTIME=(crun)
	story
}

@test "crun: the story under hostile settings" {
	RUNTIME=(crun)
	hostile 12345 "$HOSTILE"
}

# gVisor is a kernel of its own for the whole pod, its namespaces too, and no /proc of the node shows them. As Kubernetes
# has it, annotations say who is whose sandbox, and a namespace is shared that is not asked for. Its cgroup file system
# would keep the name of a dead container.
@test "gVisor: the story of a pod" {
	RUNTIME=(runsc --platform=ptrace --network=none --ignore-cgroups)
	JOIN='.linux.namespaces |= map(select(joined | not)) | .mounts |= map(select(.type != "cgroup"))
		| .annotations = {"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": "pod"}'
	identity() { [ "$(oci exec pod /pause -v)" = "$("$PAUSE" -v)" ]; }
	shares() { [ "$PIDS" = own ] || inside two ps | grep '^ *1 65535 .*/pause$'; }
	story '.annotations = {"io.kubernetes.cri.container-type": "sandbox"}'
}
