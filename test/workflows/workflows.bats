#!/usr/bin/env bats
# A release and its check by the steps of the workflows, taken out of them, against a registry on
# loopback. What GitHub and Sigstore do is out of reach: stand-ins write down what they are asked.
# shellcheck disable=SC2016 # the stand-ins have variables of their own
load ../helper
export REGISTRY_AT=127.0.0.1:5055 TLS_VERIFY=false

# setup_file: a clone with a made-up tag, what is built already, stand-ins, and the registry.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	git clone --quiet "$TOP" clone
	sed -i 's/^## Unreleased/## v9.9.9/' clone/.github/CHANGELOG.md
	git -C clone -c user.name=x -c user.email=x commit --quiet --all -m "v9.9.9"
	git -C clone tag v9.9.9
	mkdir clone/build
	for part in $(print_variable ARCHS) musl musl.tree musl.vars; do
		cp -R --preserve=timestamps "$TOP/build/$part" clone/build
	done
	ln -s "$TOP/build/cache" clone/build/cache
	touch clone/build/*/lib/libc.a

	fake apt-get ''
	fake go 'echo "go $*" >>"$LOG"'
	fake gh 'echo "gh $*" >>"$LOG"
		case "$*" in
		*create*) cat >"$LOG.notes" ;;
		*download*) : >pause-v9.9.9.github.intoto.jsonl ;;
		esac'
	fake skopeo '[ "$1" != login ] || set -- login --tls-verify=false "${@:2}"
		exec /usr/bin/skopeo "$@"'
	fake cosign ". '$TOP/test/release/cosign.sh'"
	printf '%s\n' 'version: 0.1' "http: {addr: '$REGISTRY_AT'}" \
		"storage: {filesystem: {rootdirectory: '$PWD/registry'}}" >registry.yml
	"$TOP/build/cache/docker-registry/usr/bin/docker-registry" serve registry.yml \
		>registry.log 2>&1 3>&- &
	echo $! >pid
	wait_until curl --silent --fail "http://$REGISTRY_AT/v2/"
}
teardown_file() { kill "$(<"$BATS_FILE_TMPDIR/pid")"; }
# setup: what GitHub sets.
setup() {
	export GITHUB_REPOSITORY=Owner/pause GITHUB_REPOSITORY_OWNER=Owner
	export GITHUB_REF_NAME=v9.9.9 GITHUB_ACTOR=owner
	export GITHUB_ENV=$BATS_TEST_TMPDIR/env GITHUB_OUTPUT=$BATS_TEST_TMPDIR/output
	export HOME=$BATS_TEST_TMPDIR LOG=$BATS_FILE_TMPDIR/log PATH=$BATS_FILE_TMPDIR/fakes:$PATH
	: >"$GITHUB_ENV"
	echo '{"a": "bundle"}' >"$BATS_TEST_TMPDIR/bundle"
	cd "$BATS_FILE_TMPDIR/clone" || return
}

# run_job FILE JOB: runs the steps of that job that a shell can run, each with its environment.
run_job() {
	local step
	while read -r step; do
		(
			set -a
			# shellcheck disable=SC1090 # what earlier steps wrote
			. "$GITHUB_ENV"
			eval "$(jq -r '.env | to_entries[] | "\(.key)=\(.value | tostring | @sh)"' <<<"$step")"
			bash -e -o pipefail -c "$(jq -r .run <<<"$step")" </dev/null
		) || return
	done < <(yq -c ".jobs.$2 | .env as \$env | .steps[] | select(.run)
		| {run, env: ((\$env // {}) + .env)}" ".github/workflows/$1.yml" | sed "
		s,\${{ github.server_url }},https://github.example,g
		s,\${{ github.workflow_ref }},Owner/pause/.github/workflows/release.yml@refs/tags/v9.9.9,g
		s,\${{ github.repository }},Owner/pause,g
		s,\${{ github.token }},token,g
		s,\${{ steps[^}]*bundle-path }},$BATS_TEST_TMPDIR/bundle,g
		s,ghcr.io,$REGISTRY_AT,g")
}

@test "release.yml: a tag becomes an image with signatures and attestations, and a release" {
	run -0 run_job release release
	digest=$(jq -r '.manifests[].digest' <<<"$(tar -xOf bin/pause-v9.9.9.tar index.json)")
	assert_line "$REGISTRY_AT/owner/pause:v9.9.9@$digest"
	assert_equal "$(<"$GITHUB_OUTPUT")" "digest=$digest"
	run -0 skopeo inspect --tls-verify=false --format '{{.Digest}}' \
		"docker://$REGISTRY_AT/owner/pause:v9.9.9"
	assert_output "$digest"

	run -0 cat "$LOG"
	assert_line --regexp "^go install github.com/sigstore/cosign/v3/cmd/cosign@v3\.[0-9.]+$"
	assert_line --regexp "^cosign sign --yes .*$REGISTRY_AT/owner/pause@$digest"
	assert_line --regexp "^gh release create v9.9.9 --verify-tag .* bin/SHA256SUMS bin/SHA256SUMS.sig"
	for file in tar spdx.json openvex.json provenance.json intoto.jsonl github.intoto.jsonl; do
		assert_line --regexp "^gh .* bin/pause-v9.9.9.$file( |$)"
	done
	assert_equal "$(<"$LOG.notes")" "$(sed -n '/^## v9/,/^## /{/^## /!p}' .github/CHANGELOG.md)"
	assert [ -s "$LOG.notes" ]
	run -0 jq -r '.buildDefinition.externalParameters.SOURCE, .runDetails.builder.id' \
		bin/pause-v9.9.9.provenance.json
	assert_line --index 0 https://github.example/Owner/pause
	assert_line --index 1 --partial /.github/workflows/release.yml@refs/tags/v9.9.9
}

@test "verify.yml: the release of that tag is verified by the identity, and its rebuild" {
	rm bin/pause-linux-* bin/*.tar # for a rebuild
	run -0 run_job verify verify
	assert_line --partial "pause:v9.9.9@sha256:"
	assert_line --partial "is signed, and its rebuild from $(git rev-parse HEAD) is the same"
	run -0 grep "^cosign verify " "$LOG"
	assert_output --partial "--certificate-identity https://github.example/Owner/pause/.github/\
workflows/release.yml@refs/tags/v9.9.9 --certificate-oidc-issuer https://token.actions."

	run -0 run_job verify attestations
	run -0 tail -n 1 "$LOG"
	assert_output "gh attestation verify --repo Owner/pause --bundle pause-v9.9.9.github.intoto.jsonl \
oci://$REGISTRY_AT/owner/pause:v9.9.9"

	rm -r "$BATS_FILE_TMPDIR/registry"
	run ! run_job verify verify
	assert_output --partial "pause:v9.9.9 cannot be read"
}

@test "every action is pinned by its commit, and no checkout keeps credentials" {
	cd "$TOP/.github/workflows" || return
	yq -c '.jobs[].steps[] | select(.uses)' ./*.yml >"$BATS_TEST_TMPDIR/steps"
	assert_json '.uses | test("^actions/[a-z]+@[0-9a-f]{40}$")' <"$BATS_TEST_TMPDIR/steps"
	jq -c 'select(.uses | test("checkout"))' "$BATS_TEST_TMPDIR/steps" |
		assert_json '.with["persist-credentials"] == false'
}
