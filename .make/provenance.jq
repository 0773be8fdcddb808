# How the image was built: the predicate of a SLSA provenance v1. The variables come from make;
# the raw lines of sha256sum tell the files of the compiler.

def document:
  (if env.SOURCE == "" then "urn:pause" else env.SOURCE end) as $source
  | { buildDefinition: {
        buildType: "\($source)#make-archive",
        externalParameters: (env | { VERSION, REVISION, SOURCE, SOURCE_DATE_EPOCH, ARCHS }),
        resolvedDependencies: [
          { uri: "git+\($source)@\(env.REVISION)", digest: { gitCommit: env.REVISION } },
          (if env.MUSL_SHA256 == "" then
             { name: "musl", annotations: { version: env.MUSL_VERSION } }
           else { uri: env.MUSL_URL, digest: { sha256: env.MUSL_SHA256 } } end),
          (inputs | capture("^(?<sha256>[0-9a-f]{64}) .*/(?<name>[^/]*(clang|lld|LLVM)[^/]*)$")
            | { name, digest: { sha256 }, annotations: { version: env.CLANG_VERSION } })] },
      runDetails: { builder: { id: env.BUILDER }, metadata: {} } }; # cosign adds that otherwise
