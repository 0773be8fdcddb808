# setup_suite: builds what the suites test, unless PAUSE names another program. NAMESPACES=no: the
# tests with the tag "process" need none.
setup_suite() {
	local top
	top=$(realpath "${BASH_SOURCE[0]%/*}/..")
	[ "$(id -u)" = 0 ] || [ "${NAMESPACES-}" = no ] ||
		unshare --user --map-root-user true 2>/dev/null || {
		echo "this kernel lets no ordinary user make namespaces: run the tests as root"
		return 1
	}
	[ -n "${PAUSE-}" ] || make -s -C "$top" all
	export PAUSE=${PAUSE:-$top/$(make -s --no-print-directory -C "$top" print-PROGRAM)}
}
