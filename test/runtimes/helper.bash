# A pod's lifecycle, for every runtime alike. The suites run in the node (test/node), as root.
#
# A suite sets these functions:
#   start_sandbox [OPTION...]   starts the sandbox, named pod, of our image
#   join NAME COMMAND...        starts container NAME of $WORKLOAD in its namespaces
#   inside NAME COMMAND...      runs COMMAND in NAME
#   pid_of NAME                 prints the PID of NAME's first process
#   die NAME; restart NAME      ends NAME and waits; starts it again
#   stop_sandbox                stops the sandbox as a user does, in $DEADLINE seconds; prints
#                               what pause said; its status is pause's
#   remove_pod                  removes all of it, whatever a failed test left; never fails
load ../helper
: "${IMAGE:?node/run.sh sets it}" "${VERSION:?}" "${ARCHS:?}"
export REF=$IMAGE:$VERSION WORKLOAD=localhost/workload:1

# start_daemon COMMAND...: starts COMMAND, with its log in /run/log, until stop_daemon COMMAND or
# until the node powers off.
start_daemon() (
	mkdir -p /run/log
	# bats waits for whoever has one of its file descriptors.
	for fd in /proc/"$BASHPID"/fd/*; do
		[ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"
	done
	"$@" </dev/null >>"/run/log/${1##*/}.log" 2>&1 &
	echo $! >"/run/${1##*/}.pid"
)
stop_daemon() {
	local pid
	pid=$(<"/run/$1.pid")
	kill "$pid" && wait_until is_gone "$pid" && rm -f "/run/$1.pid" # nginx removes its own
}

# start_registry: starts a registry of our own on 127.0.0.1:5000.
start_registry() {
	start_daemon docker-registry serve "$TOP/test/runtimes/registry.yml"
	wait_until curl --silent --fail http://127.0.0.1:5000/v2/
}
stop_registry() { stop_daemon docker-registry && rm -rf /run/registry; }

# make_workload FILE: writes $WORKLOAD to FILE: busybox and a page.
make_workload() {
	local root
	[ ! -e "$1" ] || return 0
	root=$(mktemp -d)
	mkdir -p "$root"/{bin,tmp,www}
	echo "a page" >"$root/www/index.html"
	cp /usr/bin/busybox "$root/bin"
	chroot "$root" /bin/busybox --install -s /bin
	(
		# shellcheck source=.make/oci.sh
		. "$TOP/.make/oci.sh"
		layer=$(tar --create --directory "$root" . | layer 1)
		image "$(dpkg --print-architecture)" "$layer" '{"config": {"Env": ["PATH=/bin"]}}' "$WORKLOAD" |
			named "$WORKLOAD" | write_archive "$1"
	)
}

# start_docker [OPTION...]: starts dockerd, and loads our image and $WORKLOAD. dockerd would wait
# some seconds only for a containerd of its own.
start_docker() {
	ctr version || start_daemon containerd
	wait_until ctr version
	start_daemon dockerd "$@"
	wait_until docker version
	make_workload /run/workload.tar
	docker load --quiet --input /run/workload.tar
	docker load --quiet --input "$ARCHIVE"
	# Docker's own store has a tag a platform, containerd's has all of them in one.
	[ "$(docker images --quiet "$REF")" ] ||
		docker tag "$REF-$(docker version --format '{{.Server.Arch}}')" "$REF"
}

# start_podman: configures podman, and loads the same.
start_podman() {
	cat >/etc/containers/containers.conf <<-T
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		infra_image = "$REF"
		[containers]
		log_driver = "k8s-file"
	T
	make_workload /run/workload.tar
	podman load --quiet --input /run/workload.tar
	podman load --quiet --input "$ARCHIVE"
}

# configure_podman: adds the settings on stdin, for this test.
configure_podman() {
	export CONTAINERS_CONF_OVERRIDE=$BATS_TEST_TMPDIR/containers.conf
	cat >"$CONTAINERS_CONF_OVERRIDE"
}

# is_pause PID: PID is our program, and has its handlers.
is_pause() { cmp "$PAUSE" "/proc/$1/exe" && has_handlers "$1"; }

# assert_sandbox FIELD=VALUE...: pause runs, and its /proc/PID/status has these.
assert_sandbox() {
	local pid field
	pid=$(pid_of pod)
	wait_until is_pause "$pid"
	for field; do
		run sed -n "s/^${field%%=*}:[[:space:]]*\([^[:space:]]*\).*/\1/p" "/proc/$pid/status"
		assert_output "${field#*=}"
	done
}

# assert_joined NAMESPACES CONTAINER...: these containers share these namespaces with the sandbox,
# the node does not, and their mount namespaces are their own.
assert_joined() {
	local pod pid name namespace
	pod=$(pid_of pod)
	for name in "${@:2}"; do
		pid=$(pid_of "$name")
		for namespace in $1; do
			assert [ "/proc/$pod/ns/$namespace" -ef "/proc/$pid/ns/$namespace" ]
			assert [ ! "/proc/$pod/ns/$namespace" -ef "/proc/self/ns/$namespace" ]
		done
		assert [ ! "/proc/$pod/ns/mnt" -ef "/proc/$pid/ns/mnt" ]
	done
}

get_page() { inside two wget -qO- http://127.0.0.1/; }
has_page() { [ "$(get_page)" = "a page" ]; }

# count_orphans STATE TEST...: compares the number of orphans in that state: count_orphans Z = 0.
count_orphans() {
	local processes
	processes=$(inside two ps -o stat,comm) && [[ $processes == *COMMAND* ]] &&
		test "$(grep -c "^$1.* sh$" <<<"$processes")" "${@:2}"
}

# make_orphans N: container two makes N orphans, which end at once. Each parent makes ten of them.
make_orphans() {
	# shellcheck disable=SC2016 # the variables of the inner shell
	inside two sh -c 'for i in $(seq 10 10 "$0"); do
		(for j in 0 1 2 3 4 5 6 7 8 9; do : & done)
	done' "$1"
}

# assert_stops_gracefully: it stops by itself: status 0 and the message, and no SIGKILL, prove it.
assert_stops_gracefully() {
	local pid
	pid=$(pid_of pod)
	run -0 stop_sandbox
	assert_output "Shutting down, got signal: Terminated"
	assert is_gone "$pid"
}

# assert_pod_lifecycle NAMESPACES [OPTION...]: start, join, reap, restart, of a sandbox with these
# OPTIONs whose containers share its PID namespace and these NAMESPACES. Only the sandbox is left.
assert_pod_lifecycle() {
	local before
	start_sandbox "${@:2}"
	join one httpd -f -p 80 -h /www
	join two tail -f /dev/null
	assert_sandbox
	assert_joined "$1 pid" one two
	wait_until has_page

	make_orphans 300
	wait_until count_orphans . = 0

	before=$(readlink "/proc/$(pid_of pod)/ns"/* && inside two ip -4 address)
	die one
	assert_refused "Connection refused" get_page
	restart one
	wait_until has_page
	assert_equal "$(readlink "/proc/$(pid_of pod)/ns"/* && inside two ip -4 address)" "$before"

	die one
	die two
}

# assert_builds COMMAND...: COMMAND builds FROM the image, with a label and a file more, and the
# engine runs what it built.
assert_builds() {
	mkdir -p /run/context
	printf 'FROM %s\nLABEL a=b\nCOPY Dockerfile /\n' "$REF" >/run/context/Dockerfile
	"$@" --quiet --tag built /run/context
	"$ENGINE" run --detach --name pod --network none built
	assert_sandbox
	assert_stops_gracefully
	remove_pod
}

# These are the functions as docker and podman both have them; ENGINE is one of the two.
start_sandbox() { "$ENGINE" run --detach --name pod --ipc shareable "$@" "$REF"; }
join() {
	"$ENGINE" run --detach --name "$1" --network container:pod --ipc container:pod \
		--pid container:pod "$WORKLOAD" "${@:2}"
}
inside() { "$ENGINE" exec "$@"; }
pid_of() { "$ENGINE" inspect --format '{{.State.Pid}}' "$1"; }
die() { "$ENGINE" kill "$1" && "$ENGINE" wait "$1"; }
restart() { "$ENGINE" start "$1"; }
stop_sandbox() {
	"$ENGINE" stop --time "$DEADLINE" pod >/dev/null &&
		"$ENGINE" logs pod 2>&1 && return "$("$ENGINE" inspect --format '{{.State.ExitCode}}' pod)"
}
remove_pod() { "$ENGINE" rm --force pod one two >/dev/null 2>&1 || true; }
teardown() { remove_pod; }
