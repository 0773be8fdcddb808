#!/usr/bin/env bats
# A registry takes what `make push` sends; docker, podman, skopeo and containerd pull from it, each its own platform or the
# one that it is asked for; and what they pulled prints its version the way kubeadm's preflight runs it: args -v, uid 999.
load story

setup_file() {
	stage docker-registry dockerd docker containerd ctr podman conmon crun runc iptables skopeo jq curl || return 0
	REGISTRY=127.0.0.1:5000
	REF=$REGISTRY/pause:${IMAGE##*:}
	export REGISTRY REF
	cat >"$LAB/registry.yml" <<-END
		version: 0.1
		log: {level: warn}
		storage: {filesystem: {rootdirectory: $LAB/registry}}
		http: {addr: "$REGISTRY"}
	END
	daemon docker-registry serve "$LAB/registry.yml"
	daemon dockerd
	daemon containerd
	eventually curl -s "http://$REGISTRY/v2/"
	eventually docker version
	eventually ctr version
	DIGEST=$(push TLS_VERIFY=false)
	export DIGEST
}
teardown() { :; }

# IMAGE is one of make's knobs, too.
push() { env -u IMAGE make -s -C "$TOP" push VERSION="${IMAGE##*:}" "$@"; }

@test "make push prints the digest to pin, which is that of the archive's index" {
	[ "$DIGEST" = "$REF@$(tar -xOf "$ARCHIVE" index.json | jq -r '.manifests[0].digest')" ]
	skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/pause@${DIGEST#*@}" >"$LAB/index"
	[ "${DIGEST#*@sha256:}" = "$(sha256sum <"$LAB/index" | cut -d' ' -f1)" ]
}

@test "make push to a registry that speaks no TLS fails unless asked for" {
	run ! push
	[[ $output == *"nothing was pushed to $REGISTRY"* ]]
}

# version COMMAND...: prints what ours prints.
version() { [ "$("$@")" = "$("$PAUSE" -v)" ]; }

@test "docker pulls it, runs it as kubeadm does, and pulls other platforms" {
	docker pull "$REF"
	version docker run --rm --network none --user 999 --read-only --cap-drop ALL "$REF" -v
	for platform in linux/arm64 linux/arm/v5 linux/riscv64; do
		docker pull --platform "$platform" "$REF"
		[[ linux/$(docker inspect -f '{{.Architecture}}/{{.Variant}}' "$REF") == "$platform"* ]]
	done
}

@test "podman pulls it and loads it from the archive, and runs it as kubeadm does" {
	podman pull --tls-verify=false "$REF"
	podman load --input "$ARCHIVE"
	for name in "$REF" "$IMAGE"; do
		version podman run --rm --ulimit nofile=64:64 --ulimit nproc=64:64 --cgroup-manager cgroupfs --network none \
			--user 999 --read-only --cap-drop all "$name" -v
	done
	podman pull --tls-verify=false --arch s390x "$REF"
	[ "$(podman inspect -f '{{.Architecture}}' "$REF")" = s390x ]
}

@test "containerd pulls it and imports the archive, every platform, and runs it" {
	ctr -n k8s.io images pull --plain-http --all-platforms "$REF" >/dev/null
	ctr -n k8s.io images import --all-platforms "$ARCHIVE"
	for name in "$REF" "$IMAGE"; do
		version ctr -n k8s.io run --rm --read-only "$name" preflight /pause -v
		ctr -n k8s.io images ls "name==$name" | grep -q linux/riscv64
	done
}

@test "skopeo copies each platform to where an older docker loads it from" {
	for arch in amd64 ppc64le; do
		skopeo copy --override-arch "$arch" "oci-archive:$ARCHIVE" "docker-archive:$LAB/$arch.tar:$IMAGE"
		docker load --input "$LAB/$arch.tar"
		[ "$(docker inspect -f '{{.Architecture}}' "$IMAGE")" = "$arch" ]
	done
}
