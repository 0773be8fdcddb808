# A stand-in for cosign, since Sigstore is out of reach. It writes into $LOG what it is asked, and
# finds what was signed or attested before. $ARCHIVE.spdx.json and the like are the documents.
# shellcheck shell=bash
echo "cosign $*" >>"$LOG"
case "$*" in
*--help) echo --use-signing-config ;;
sign-blob*) echo {} >bin/SHA256SUMS.sigstore.json ;;
"verify "*) grep -q "^cosign sign --yes" "$LOG" ;;
verify-attestation*)
	grep -q "^cosign attest .*--type ${*: -2:1} " "$LOG" || exit 1
	case "$*" in *spdx*) file=spdx ;; *slsa*) file=provenance ;; *) file=openvex ;; esac
	jq -c "{payload: ({predicate: .} | tojson | @base64)}" "$ARCHIVE.$file.json"
	;;
esac
