# The story of a pod, told once for every engine. A suite loads this, runs in the node of lab.sh, and gives the verbs:
#   sandbox [OPTION...]     starts the sandbox, a container of $IMAGE, with options of that engine's own
#   join NAME COMMAND...    starts container NAME of $WORK in it; its PID namespace is the sandbox's if $PIDS = shared,
#                           and if $PIDS = own, its own
#   inside NAME COMMAND...  runs COMMAND in container NAME: its output, its status
#   pid NAME                prints the PID, as the node sees it, of NAME's first process; `pid pod` is pause's
#   die NAME                kills NAME, and returns when the engine knows
#   again NAME              starts the dead NAME once more
#   stop                    stops the sandbox as the engine's user does, with $GRACE seconds to go; prints what pause
#                           said, and returns its exit status
#   clear                   removes the pod, and whatever a failed test left of it; never fails
#   left                    prints what the engine still knows of it
# and what this engine does with a sandbox:
#   SHARED                  the types of namespaces that who joins shares, but for the PID namespace: "net ipc uts"
#   STATE                   fields of /proc/PID/status and their first words: (Uid 65535 CapEff 0000000000000000 ...)
#   SIGNAL                  what `stop` sends: TERM, or KILL
load helper
: "${ARCHIVE:=$TOP/$(make -s -C "$TOP" print-ARCHIVE).tar}"
WORK=localhost/work:1
GRACE=10 SHARED="net ipc uts" SIGNAL=TERM PIDS=shared

# stage COMMAND...: the first thing in setup_file; sets IMAGE. Outside of a lab, or without our image, it ends the suite.
# Without one of the COMMANDs it returns 1, and so should setup_file with 0: bats 1.8 cannot skip there; setup does.
stage() {
	local command
	[ -d "${LAB:-}" ] || {
		echo "this suite runs in a lab: test/engines/lab.sh bats $BATS_TEST_FILENAME" >&2
		exit 1
	}
	for command; do
		command -v "$command" >/dev/null || export MISSING="$command, which 'make deps test-kubelet' provides"
	done
	[ -z "${MISSING-}" ] || return
	IMAGE=$(set -o pipefail; tar -xOf "$ARCHIVE" index.json |
		jq -r '.manifests[0].annotations."org.opencontainers.image.ref.name"') || {
		echo "there is no image in $ARCHIVE; 'make archive' makes it" >&2
		exit 1
	}
	export IMAGE
}
setup() {
	requires "${MISSING-}" [ -z "${MISSING-}" ]
	cd "$LAB" || return
}
teardown() { clear; }

# daemon COMMAND...: starts COMMAND in the background until the node's end and prints its PID; it writes to
# $LAB/COMMAND.log. bats waits for whoever holds a descriptor of its own, and in setup_file it has more than 3.
daemon() (
	for fd in /proc/"$BASHPID"/fd/*; do
		[ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"
	done
	"$@" </dev/null >"$LAB/${1##*/}.log" 2>&1 &
	echo $!
)

# our_image FILE: our image of this platform as a docker-archive, which every engine takes.
our_image() { skopeo copy --quiet "oci-archive:$ARCHIVE" "docker-archive:$1:$IMAGE"; }

# work_image FILE: $WORK as a docker-archive: nothing but busybox, and for shared memory ipcmk and ipcrm.
work_image() {
	local root=$LAB/work layout=$LAB/work.oci programs=(/usr/bin/ipcmk /usr/bin/ipcrm)
	mkdir -p "$root"/{bin,tmp,www}
	echo "a page" >"$root/www/index.html"
	cp "$(command -v busybox)" "$root/bin/busybox"
	chroot "$root" /bin/busybox --install -s /bin
	# shellcheck disable=SC2046 # the libraries' paths
	cp --parents --dereference "${programs[@]}" $(ldd "${programs[@]}" | grep -o '/lib[^ ]*' | sort -u) "$root"
	umoci init --layout "$layout"
	umoci new --image "$layout:work"
	umoci insert --image "$layout:work" "$root" /
	umoci config --image "$layout:work" --config.env PATH=/bin:/usr/bin
	skopeo copy --quiet "oci:$layout:work" "docker-archive:$1:$WORK"
}

# images COMMAND...: hands COMMAND the two, as files.
images() {
	our_image "$LAB/pause.tar"
	work_image "$LAB/work.tar"
	"$@" "$LAB/pause.tar"
	"$@" "$LAB/work.tar"
}

# The story, step by step. Each prints its name, for the report of a failure. identity and shares look from outside, at
# /proc: a suite says them anew for an engine whose processes are not the node's.
step() { echo "# step $*"; }
taken() { inside two httpd -p 80 2>&1 | grep "in use"; }
page() { [ "$(inside two wget -qO- http://127.0.0.1/)" = "a page" ]; }
# orphans COUNT STATE: COUNT of them are in a STATE as ps prints it.
orphans() {
	local list
	list=$(inside two ps -o stat,comm) && [[ $list == *tail* ]] && [ "$(grep -cE "^$2.* (sleep|sh)" <<<"$list")" = "$1" ]
}

starts() {
	step 1: "the sandbox is our program, in the state that this engine gives it"
	sandbox "$@"
	identity
	confined
}
confined() { :; }
identity() {
	local pid i
	pid=$(pid pod)
	eventually ready "$pid"
	cmp "$PAUSE" "/proc/$pid/exe"
	grep -E '^(Uid|CapEff|CapBnd|Seccomp|NoNewPrivs)' "/proc/$pid/status"
	for ((i = 0; i < ${#STATE[@]}; i += 2)); do
		grep -qE "^${STATE[i]}:\s${STATE[i + 1]}\b" "/proc/$pid/status"
	done
}

joins() {
	step 2: "two containers join, and share what a pod's containers share"
	local memory
	join one httpd -f -p 80 -h /www
	join two tail -f /dev/null
	shares
	[ "$(inside one hostname)" = "$(inside two hostname)" ]
	eventually page
	taken
	memory=$(inside one ipcmk --shmem 4096)
	run ! ipcrm --shmem-id "${memory##* }"
	inside two ipcrm --shmem-id "${memory##* }"
}
shares() {
	local pod pid type
	pod=$(pid pod)
	lsns -p "$pod" || true # it fails when any process ends under its eyes
	for pid in $(pid one) $(pid two); do
		for type in net ipc uts pid mnt; do
			[ ! "/proc/$pod/ns/$type" -ef "/proc/self/ns/$type" ]
			case " $SHARED ${PIDS/shared/pid} " in
			*" $type "*) [ "/proc/$pod/ns/$type" -ef "/proc/$pid/ns/$type" ] ;;
			*) [ ! "/proc/$pod/ns/$type" -ef "/proc/$pid/ns/$type" ] ;;
			esac
		done
	done
}

reaps() {
	step 3: "300 orphans: with pause as PID 1 none stays a zombie; with another, all do"
	inside two sh -c 'i=0; while [ $i -lt 300 ]; do (sleep .1 &); i=$((i+1)); done'
	if [ "$PIDS" = shared ]; then
		[ "$(inside two cat /proc/1/comm)" = pause ]
		eventually orphans 0 .
	else
		eventually orphans 300 Z
	fi
}

# whole: what of the sandbox is to outlive any container.
whole() {
	pid pod
	readlink "/proc/$(pid pod)/ns"/*
	inside two ip -o addr | sort # gVisor gives them in any order
}

restarts() {
	step 4: "a container dies and is started again; the sandbox's namespaces and address stay"
	local before
	before=$(whole)
	die one
	run ! page
	again one
	eventually page
	diff <(echo "$before") <(whole)
}

stops() {
	step 5: "it stops well within the grace period, and nothing is left"
	local pid net began=${EPOCHREALTIME/./} took
	pid=$(pid pod)
	net=$(readlink "/proc/$pid/ns/net")
	run stop
	took=$((${EPOCHREALTIME/./} - began))
	echo "status $status after $took us: $output"
	[ $took -lt $((GRACE * 500000)) ] # nearly all of it is the engine's own; a busy machine needs 2 s
	if [ "$SIGNAL" = TERM ]; then
		[ "$status" = 0 ]
		[ "$output" = "Shutting down, got signal: Terminated" ]
	fi
	eventually gone "$pid"
	clear
	[ -z "$(left)" ]
	run ! grep -F "$net" /proc/self/mountinfo
	run ! grep -w "${net//[!0-9]/}" <(lsns -n -t net -o NS)
}

# The verbs as docker and podman both say them. ENGINE is one of the two.
inside() { "$ENGINE" exec "$@"; }
pid() { "$ENGINE" inspect -f '{{.State.Pid}}' "$1"; }
die() { "$ENGINE" kill "$1" && "$ENGINE" wait "$1"; }
again() { "$ENGINE" start "$1"; }
halt() { "$ENGINE" stop -t "$GRACE" pod; }
stop() {
	halt >/dev/null 2>&1
	"$ENGINE" logs pod
	return "$("$ENGINE" inspect -f '{{.State.ExitCode}}' pod)"
}
clear() { "$ENGINE" rm -f pod one two >/dev/null 2>&1 || true; }
left() { "$ENGINE" ps -aq; }

# manifest NAME FIELD: the pod as Kubernetes' YAML, with that FIELD of its spec.
manifest() {
	cat <<-T
		apiVersion: v1
		kind: Pod
		metadata: {name: $1}
		spec:
		  shareProcessNamespace: $([ "$PIDS" = shared ] && echo true || echo false)
		  $2
		  containers:
		  - {name: one, image: "$WORK", imagePullPolicy: Never, command: [httpd, -f, -p, "80", -h, /www]}
		  - {name: two, image: "$WORK", imagePullPolicy: Never, command: [tail, -f, /dev/null]}
	T
}

# limit PID FILE: prints that limit of PID's cgroup, in v1 or v2; nothing where there is no such FILE.
limit() {
	cat /sys/fs/cgroup{,"/${2%%.*}"}"$(sed -nE "s/^[0-9]+:(${2%%.*})?://p" "/proc/$1/cgroup" | head -n 1)/$2" 2>/dev/null || true
}

# life [OPTION...]: the story, with a sandbox of those OPTIONs.
life() {
	starts "$@"
	joins
	reaps
	restarts
	stops
}

# story [OPTION...]: the same for both sorts of pod.
story() {
	for PIDS in shared own; do life "$@"; done
}

# hostile UID OPTION...: with OPTIONs for a read-only root, no capabilities, no-new-privileges, a user of no name, at most
# 8 processes and 16 MiB of memory, the sandbox does what any other does.
hostile() {
	STATE=(Uid "$1" CapEff 0000000000000000 CapBnd 0000000000000000 NoNewPrivs 1)
	confined() {
		step 6: "hostile settings are in force"
		local pid
		pid=$(pid pod)
		grep -E '^([^ ]+ ){4}/ ro[ ,]' "/proc/$pid/mountinfo"
		[ "$(limit "$pid" pids.max)" = 8 ]
		[ "$(limit "$pid" memory.max)$(limit "$pid" memory.limit_in_bytes)" = 16777216 ]
	}
	life "${@:2}"
}
