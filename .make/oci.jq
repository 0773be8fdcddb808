# The documents of the image: OCI image-spec 1.1, and docker's manifest.json beside them. VERSION,
# REVISION, SOURCE, SOURCE_DATE_EPOCH, IMAGE and ARCHS come from the environment.

def created: env.SOURCE_DATE_EPOCH | tonumber | todate;

def annotations:
  { title: "pause",
    description: "Holds a Kubernetes pod's namespaces and reaps its orphans",
    version: env.VERSION,
    revision: env.REVISION,
    source: env.SOURCE,
    licenses: "Apache-2.0 AND MIT" }
  | with_entries(select(.value != "") | .key |= "org.opencontainers.image." + .);

# Go's name of an architecture with its variant, as a platform: armv7 is linux/arm/v7.
def platform:
  { os: "linux" } + if startswith("armv") then { architecture: "arm", variant: .[3:] }
                    else { architecture: . } end;

# The descriptors of its layer.tar -> a platform's config.
def config($name):
  ($name | platform) + {
    created: created,
    config: { User: "65535:65535", Entrypoint: ["/pause"], Labels: annotations },
    rootfs: { type: "layers", diff_ids: [.[0].digest] },
    history: [{ created: created, created_by: "COPY pause /pause" }] };

# The descriptors of its config and its layer -> a platform's manifest.
def manifest:
  { schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: ({ mediaType: "application/vnd.oci.image.config.v1+json" } + .[0]),
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" } + .[1]] };

# The descriptors of the manifests, in the order of ARCHS -> the image index.
def index:
  { schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [[., (env.ARCHS | split(" "))] | transpose[]
      | { mediaType: "application/vnd.oci.image.manifest.v1+json" } + .[0]
        + { platform: (.[1] | platform) }],
    annotations: annotations };

# The descriptors of the index -> index.json of the layout. containerd reads a name of its own.
def layout:
  { schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{ mediaType: "application/vnd.oci.image.index.v1+json" } + .[0] + { annotations: {
      "org.opencontainers.image.ref.name": (env.IMAGE + ":" + env.VERSION),
      "io.containerd.image.name": (env.IMAGE + ":" + env.VERSION) } }] };

# The manifests, in the order of ARCHS -> manifest.json, which `docker load` reads.
def docker:
  def blob: "blobs/" + (.digest | sub(":"; "/"));
  (env.IMAGE + ":" + env.VERSION) as $name
  | [[., (env.ARCHS | split(" "))] | transpose[] | {
      Config: (.[0].config | blob),
      RepoTags: (["\($name)-\(.[1])"] + if env.ARCHS == .[1] then [$name] else [] end),
      Layers: [.[0].layers[] | blob] }];
