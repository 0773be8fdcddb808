# setup_suite: sets the deadlines by what starting a process costs here, since machines differ by 8.
setup_suite() {
	local began=${EPOCHREALTIME/./} milliseconds
	for _ in {1..100}; do /bin/true; done
	milliseconds=$(((${EPOCHREALTIME/./} - began) / 100000))
	export DEADLINE=${DEADLINE:-$((10 + 10 * milliseconds))}
}
