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
load ../helper
: "${ARCHIVE:=$(make -s -C "$TOP" archive-path)}"
WORK=localhost/work:1
GRACE=10 SHARED="net ipc uts" SIGNAL=TERM

# stage ENGINE COMMAND...: for setup_file: the suite is in the lab, its COMMANDs are there, and IMAGE names our image.
stage() {
	[ -d "${LAB:-}" ] || {
		echo "this suite runs in a lab: test/engines/lab.sh bats $BATS_TEST_FILENAME" >&2
		return 1
	}
	local command
	for command; do
		requires "$command, which 'make deps' installs" command -v "$command"
	done
	IMAGE=$(tar -xOf "$ARCHIVE" index.json |
		jq -r '[.. | ."org.opencontainers.image.ref.name"? // empty][0]')
	export IMAGE
}

# our_image FILE: our image of this platform as a docker-archive, which every engine takes.
our_image() {
	skopeo copy --quiet "oci-archive:$ARCHIVE" "docker-archive:$1:$IMAGE"
}

# work_image FILE: $WORK as a docker-archive: busybox as FROM scratch, and ipcmk, since busybox makes no shared memory.
work_image() {
	local root=$LAB/work layout=$LAB/work.oci program
	mkdir -p "$root"/{bin,tmp,www}
	echo "a page" >"$root/www/index.html"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for program in $(busybox --list); do
		[ "$program" = busybox ] || ln -s busybox "$root/bin/$program"
	done
	program=$(command -v ipcmk)
	# shellcheck disable=SC2046 # the libraries' paths
	cp --parents --dereference "$program" $(ldd "$program" | grep -o '/[^ ]*') "$root"
	umoci init --layout "$layout"
	umoci new --image "$layout:work"
	umoci insert --image "$layout:work" "$root" /
	umoci config --image "$layout:work" --config.env PATH=/bin:/usr/bin
	skopeo copy --quiet "oci:$layout:work" "docker-archive:$1:$WORK"
}

# The story, step by step. Each prints its name, for the report of a failure.
step() { echo "# step $*"; }
# ns NAME TYPE: prints which namespace of TYPE that container's first process is in.
ns() { readlink "/proc/$(pid "$1")/ns/$2"; }
page() { [ "$(inside two wget -qO- http://127.0.0.1/)" = "a page" ]; }
memory() { inside two ipcs -m | grep -w 12321; }
# asleep COUNT STATE: of the orphans, COUNT are in a STATE as ps prints it.
asleep() {
	local list
	list=$(inside two ps -o stat,comm) && [[ $list == *tail* ]] && [ "$(grep -c "^$2.*sleep" <<<"$list")" = "$1" ]
}

starts() {
	step 1: "the sandbox is our program, in the state that this engine gives it"
	sandbox "$@"
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
	local name type
	join one httpd -f -p 80 -h /www
	join two tail -f /dev/null
	lsns -p "$(pid pod)"
	for type in net ipc uts pid mnt; do
		[ "$(ns pod $type)" != "$(readlink /proc/self/ns/$type)" ]
		for name in one two; do
			case " $SHARED ${PIDS/shared/pid} " in
			*" $type "*) [ "$(ns $name $type)" = "$(ns pod $type)" ] ;;
			*) [ "$(ns $name $type)" != "$(ns pod $type)" ] ;;
			esac
		done
	done
	[ "$(inside one hostname)" = "$(inside two hostname)" ]
	eventually page
	run inside two httpd -p 80
	[ "$status" != 0 ]
	[[ $output == *"in use"* ]]
	run ! memory
	inside one ipcmk -M 12321
	memory
}

reaps() {
	step 3: "300 orphans: with pause as PID 1 none stays a zombie; with another, all do"
	# shellcheck disable=SC2016 # for the shell in the container
	inside two sh -c 'i=0; while [ $i -lt 300 ]; do (sleep .1 &); i=$((i+1)); done'
	if [ "$PIDS" = shared ]; then
		[ "$(inside two cat /proc/1/comm)" = pause ]
		eventually asleep 0 .
	else
		eventually asleep 300 Z
	fi
}

# whole: what of the sandbox is to outlive any container.
whole() {
	pid pod
	readlink "/proc/$(pid pod)/ns"/{net,ipc,uts,pid,mnt}
	inside two ip -o addr
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
	memory
}

stops() {
	step 5: "it stops well within the grace period, and nothing is left"
	local pid net began=${EPOCHREALTIME/./}
	pid=$(pid pod)
	net=$(ns pod net)
	run stop
	[ $((${EPOCHREALTIME/./} - began)) -lt $((GRACE * 250000)) ]
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

# story [OPTION...]: the whole of it, with a sandbox of those OPTIONs.
story() {
	PIDS=shared
	starts "$@"
	joins
	reaps
	restarts
	stops
	PIDS=own
	starts "$@"
	joins
	reaps
	stops
}
