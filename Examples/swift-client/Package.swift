// swift-tools-version: 6.2
import PackageDescription

// Two programs: one that records its runs, and one whose metrics are recorded. Elsewhere, name the
// repository's address and a version in place of the path.
let package = Package(
    name: "swift-client",
    dependencies: [
        .package(name: "local-tracker", path: "../.."),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "swift-client",
            dependencies: [.product(name: "TrackerClient", package: "local-tracker")]),
        .executableTarget(
            name: "swift-metrics-example",
            dependencies: [
                .product(name: "TrackerMetrics", package: "local-tracker"),
                .product(name: "Metrics", package: "swift-metrics"),
            ], path: "Sources/swift-metrics"),
    ])
