#!/bin/bash
# enter.sh DIR SUITE...: runs these suites in DIR/tree, the node's root, with DIR/payload, on this
# machine's kernel. run.sh calls it in namespaces of its own.
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root
cd "$1"
mount -t proc proc tree/proc
mount --rbind /dev tree/dev
mount -t tmpfs tmpfs tree/run
mount -t tmpfs tmpfs tree/tmp
mkdir -p tree/payload
mount --bind payload tree/payload
ip link set lo up
set -a
# shellcheck disable=SC1091 # run.sh writes it
. payload/variables
shift
exec chroot tree sh -c 'cd /payload && exec bats --tap --timing "$@"' sh "$@"
