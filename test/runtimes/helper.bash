# A pod's lifecycle, for every runtime alike. The suites run in the node (test/node), as root.
#
# A suite sets these functions:
#   start_sandbox [OPTION...]   starts the sandbox, named pod, of our image
#   join NAME COMMAND...        starts container NAME of $WORKLOAD in its namespaces
#   inside NAME COMMAND...      runs COMMAND in NAME
#   pid_of NAME                 prints the PID of NAME's first process
#   die NAME; restart NAME      ends NAME and waits; starts it again
#   stop_sandbox                stops the sandbox as a user does, with $GRACE seconds to go; prints
#                               what pause said; its status is pause's
#   remove_pod                  removes all of it, whatever a failed test left; never fails
load ../helper
export REF=$IMAGE:$VERSION WORKLOAD=localhost/workload:1 GRACE=20 DEADLINE=60

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
	kill "$(<"/run/$1.pid")"
	wait_until is_gone "$(<"/run/$1.pid")"
}

# make_workload FILE: writes $WORKLOAD to FILE, as a docker-archive: busybox and a page.
make_workload() {
	local root layout=/run/workload
	[ ! -e "$1" ] || return 0
	root=$(mktemp -d)
	mkdir -p "$root"/{bin,tmp,www}
	echo "a page" >"$root/www/index.html"
	cp /usr/bin/busybox "$root/bin"
	chroot "$root" /bin/busybox --install -s /bin
	umoci init --layout "$layout"
	umoci new --image "$layout:1"
	umoci insert --image "$layout:1" "$root" /
	umoci config --image "$layout:1" --config.env PATH=/bin
	skopeo copy --quiet "oci:$layout:1" "docker-archive:$1:$WORKLOAD"
}

# start_docker: starts dockerd, and loads our image, as $REF, and $WORKLOAD.
start_docker() {
	start_daemon dockerd
	wait_until docker version
	make_workload /run/workload.tar
	docker load --quiet --input /run/workload.tar
	docker load --quiet --input "$ARCHIVE"
	docker tag "$REF-$(docker version --format '{{.Server.Arch}}')" "$REF"
}

# make_context DIR: makes DIR a build context: our image, with a label and a file more.
make_context() {
	mkdir -p "$1"
	printf 'FROM %s\nLABEL a=b\nCOPY Dockerfile /\n' "$REF" >"$1/Dockerfile"
}

# is_ready PID: PID is our program, and has its handlers.
is_ready() { cmp "$PAUSE" "/proc/$1/exe" && grep -q '^SigCgt:.*14002$' "/proc/$1/status"; }

# assert_sandbox FIELD=VALUE...: pause runs, and its /proc/PID/status has these.
assert_sandbox() {
	local pid field
	pid=$(pid_of pod)
	wait_until is_ready "$pid"
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

has_page() { [ "$(inside two wget -qO- http://127.0.0.1/)" = "a page" ]; }

# count_orphans TEST...: compares the number of orphans, by their state: count_orphans Z = 0.
count_orphans() { test "$(inside two ps -o stat,comm | grep -c "^$1.* sh$")" "${@:2}"; }

# make_orphans N: container two makes N orphans, which end at once.
make_orphans() {
	# shellcheck disable=SC2016 # the variables of the inner shell
	inside two sh -c 'for i in $(seq "$0"); do (: &); done' "$1"
}

# assert_stops_gracefully: it stops well within the grace period, with message and status 0.
assert_stops_gracefully() {
	local pid began=$SECONDS
	pid=$(pid_of pod)
	run -0 stop_sandbox
	assert_output "Shutting down, got signal: Terminated"
	assert [ $((SECONDS - began)) -lt $((GRACE / 2)) ]
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

	before=$(readlink "/proc/$(pid_of pod)/ns"/* && inside two ip address)
	die one
	run ! has_page
	restart one
	wait_until has_page
	assert_equal "$(readlink "/proc/$(pid_of pod)/ns"/* && inside two ip address)" "$before"

	die one
	die two
}

# These are the functions as docker and podman both have them; ENGINE is one of the two.
inside() { "$ENGINE" exec "$@"; }
pid_of() { "$ENGINE" inspect --format '{{.State.Pid}}' "$1"; }
die() { "$ENGINE" kill "$1" && "$ENGINE" wait "$1"; }
restart() { "$ENGINE" start "$1"; }
stop_sandbox() {
	"$ENGINE" stop --time "$GRACE" pod >/dev/null &&
		"$ENGINE" logs pod 2>&1 && return "$("$ENGINE" inspect --format '{{.State.ExitCode}}' pod)"
}
remove_pod() { "$ENGINE" rm --force pod one two >/dev/null 2>&1 || true; }
teardown() { remove_pod; }
