#!/usr/bin/env bats
# Podman runs the image, as the infra container of its pods and of those that it reads from Kubernetes' YAML.
load story
ENGINE=podman RUNTIME=crun
# Podman runs an infra container as root, with its usual capabilities, whatever USER says.
STATE=(Uid 0 CapEff '[0-9a-f]*5fb' Seccomp 2 NoNewPrivs 0)

setup_file() {
	stage podman conmon runc crun busybox umoci skopeo jq || return 0
	# Podman would raise limits further than all machines let it; 4.3 swaps soft and hard ones in what it reads from YAML.
	cat >"$LAB/containers.conf" <<-END
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
		log_driver = "k8s-file"
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		infra_image = "$IMAGE"
	END
	export CONTAINERS_CONF=$LAB/containers.conf PODMAN_IGNORE_CGROUPSV1_WARNING=1
	images podman load --quiet --input
}

podman() { command podman --runtime "$RUNTIME" "$@"; }
sandbox() {
	local share=net,ipc,uts
	[ "$PIDS" = own ] || share+=,pid
	podman pod create --name story --infra-name pod --infra-image "$IMAGE" --share "$share" "$@"
	podman pod start story
}
join() { podman run --detach --name "$1" --pod story "$WORK" "${@:2}"; }
# A PID 1 without a handler sits out the grace period, as those of the containers with PID namespaces of their own do.
halt() {
	if [ "$PIDS" = shared ]; then
		podman pod stop --time "$GRACE" story
	else
		podman stop --time "$GRACE" pod
	fi
}
clear() {
	podman pod rm --force --ignore --time 0 story || true
	podman rm --force --ignore --depend --time 0 pod || true
} >/dev/null 2>&1

@test "podman, crun: the story of a pod" {
	story --network none
}

@test "podman, runc, the bridge: the story of a pod" {
	RUNTIME=runc
	story --network bridge
}

@test "podman kube play: the story of a pod" {
	sandbox() {
		manifest story "restartPolicy: Never" | podman kube play --network none -
		podman rename story-one one
		podman rename story-two two
		podman rename "$(podman ps --filter ancestor="$IMAGE" --quiet)" pod
	}
	join() { :; }
	story
}

@test "podman, crun: the story under hostile settings" {
	sandbox() { podman run --detach --name pod --ipc shareable "$@" "$IMAGE"; }
	join() {
		podman run --detach --name "$1" --network container:pod --ipc container:pod --uts container:pod \
			--pid container:pod "$WORK" "${@:2}"
	}
	halt() { podman stop --time "$GRACE" pod; }
	hostile 12345 --network none --read-only --cap-drop all --security-opt no-new-privileges --user 12345 --pids-limit 8 --memory 16m
}
