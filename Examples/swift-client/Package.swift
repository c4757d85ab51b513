// swift-tools-version: 6.2
import PackageDescription

// A program of its own that records its runs. Elsewhere, name the repository's address and a
// version in place of the path.
let package = Package(
    name: "swift-client",
    dependencies: [.package(name: "local-tracker", path: "../..")],
    targets: [
        .executableTarget(
            name: "swift-client",
            dependencies: [.product(name: "TrackerClient", package: "local-tracker")])
    ])
