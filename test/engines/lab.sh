#!/bin/bash
# lab.sh COMMAND...: runs COMMAND at the top of the repository as root of a throw-away node, and exits with its status. All
# that COMMAND starts or writes dies with it: engines, pods, bridges, iptables rules, cgroups, files; only the repository is
# the real one. LAB_TREE, if set, is another Debian's root directory, to be the node's in place of this one's.
#
# In the node LAB=/run/lab is an empty directory for the tests, and HOME too: no user's configuration is read, and no
# variable leads to a user's engine. PATH finds Debian's own engines first. Without root it says so and exits with 0;
# with STRICT=1, with 1.
set -eu

top=$(realpath "${BASH_SOURCE[0]%/*}/../..") tree=$(realpath "${LAB_TREE:-/}") cgroups=
[ "$(id -u)" = 0 ] || {
	echo "skipped, for it needs root: $*" >&2
	[ "${STRICT:-0}" != 1 ]
	exit
}

# enter COMMAND...: into the node's cgroups, and into a cgroup namespace that has them for its roots.
enter() {
	for cgroup in $cgroups; do
		echo 0 >"${cgroup#*=}/cgroup.procs"
	done
	exec unshare --cgroup bash -euc 'node "$@"' lab "$@"
}

# node COMMAND...: makes the root file system, then runs COMMAND, and reaps what it leaves.
node() {
	mount -t tmpfs lab "$lab"
	mkdir "$lab"/{up,work,root}
	mount -t overlay -o "lowerdir=$tree,upperdir=$lab/up,workdir=$lab/work" lab "$lab/root"
	cd "$lab/root"
	mkdir -p .old
	mount --rbind /dev dev
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	# Engines store overlays, whose upper layer no overlay can be. podman keeps its locks in /dev/shm.
	for dir in run tmp dev/shm var/lib/{docker,containerd,containers,kubelet}; do
		mkdir -p "$dir"
		mount -t tmpfs -o mode=1777 lab "$dir"
	done
	mkdir -p ".$top" # which may be below one of these
	mount --rbind "$top" ".$top"
	mount -t tmpfs lab sys/fs/cgroup
	for cgroup in $cgroups; do
		mkdir -p "sys/fs/cgroup/${cgroup%%=*}"
		mount --bind "${cgroup#*=}" "sys/fs/cgroup/${cgroup%%=*}"
	done
	pivot_root . .old
	umount -l /.old

	# In cgroup v2 what has processes of its own gives its children no controllers (cgroups(7)).
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		mkdir /sys/fs/cgroup/node
		echo 0 >/sys/fs/cgroup/node/cgroup.procs
		sed -E 's/[a-z_]+/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
	fi
	hostname node
	ip link set lo up
	unset "${!DOCKER_@}" "${!CONTAINER@}" "${!XDG_@}"
	export LAB=/run/lab HOME=/run/lab PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
	# The kubelet sets these, which are the whole machine's: it gets files in their place.
	for sysctl in vm/overcommit_memory=1 kernel/panic=10 kernel/panic_on_oops=1; do
		mkdir -p "/run/sysctl/${sysctl%/*}"
		echo "${sysctl#*=}" >"/run/sysctl/${sysctl%=*}"
		mount --bind "/run/sysctl/${sysctl%=*}" "/proc/sys/${sysctl%=*}"
	done
	mkdir "$LAB"
	cd "$top"
	"$@"
	exit
}

# One cgroup in each hierarchy holds all that the engines make. In v2 it is below the root, as our own has processes. In v1
# it is below our own, and of hybrid mode's v2 there is none in the node: crun refuses it.
own=$(</proc/self/cgroup)
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || own=0::/
lab=$(mktemp -d)
# shellcheck disable=SC2086 # a list of directories
trap 'wait; rmdir "$lab"; for cgroup in $cgroups; do find "${cgroup#*=}" -depth -type d -exec rmdir {} +; done' EXIT
while IFS=: read -r _ name path; do
	name=${name#name=}
	dir=/sys/fs/cgroup/$name${path%/}/lab-$$
	[ "$name" ] || [ "$own" = 0::/ ] || continue
	mkdir "$dir"
	cgroups+=" $name=$dir"
	# A new cpuset is empty, and takes no process.
	for file in cpus mems; do
		[ "$name" != cpuset ] || cat "${dir%/*}/cpuset.$file" >"$dir/cpuset.$file"
	done
done <<<"$own"

# In the background, for a signal to us then ends the node at once; there it would start with SIGINT and SIGQUIT ignored.
export lab top tree cgroups
export -f enter node
env --default-signal=INT,QUIT setpriv --pdeathsig KILL unshare --mount --net --pid --ipc --uts --fork --kill-child \
	--propagation private bash -euc 'enter "$@"' lab "$@" <&0 &
trap 'pkill -KILL -P $!' HUP INT TERM
wait $!
