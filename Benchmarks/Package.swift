// swift-tools-version: 6.2
import PackageDescription

// Its own package, so that measuring needs nothing that the tracker does not: the targets of the
// log are links to the repository's sources, built here without the server's dependencies.
let package = Package(
    name: "benchmarks",
    targets: [
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "TrackerLog", dependencies: ["CZstd", "CZlib"]),
        .target(name: "ProcessProbe"),
        .executableTarget(
            name: "writer-benchmark", dependencies: ["TrackerLog", "CZstd", "ProcessProbe"]),
    ],
    swiftLanguageModes: [.v6]
)
