// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// The log, the index and what reads requests, without anything that needs another package: built
/// in a minute. Under a sanitizer the whole server is here as well, with the packages it needs.
/// `scripts/lib/core.sh` puts links to the sources beside it.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let environment = ProcessInfo.processInfo.environment
let isFuzzing = environment["TRACKER_FUZZING"] != nil
let sanitizer = environment["TRACKER_SANITIZER"]
let seesThreads = sanitizer == "thread"

/// For what computes little: to optimise it would take the compiler longer than the tests gain.
let plain =
    sanitizer == nil
    ? strict : strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))]

var targets: [Target] = [
    .systemLibrary(name: "CZstd"),
    .systemLibrary(name: "CZlib"),
    .target(name: "TrackerLog", dependencies: ["CZstd", "CZlib"], swiftSettings: strict),
    .target(
        name: "TrackerImport", dependencies: ["TrackerLog", "CZstd", "CZlib"],
        swiftSettings: seesThreads ? plain : strict),
    .target(
        name: "TrackerTelemetry", dependencies: ["TrackerImport", "TrackerLog"],
        swiftSettings: plain),
    .target(
        name: "TrackerProfile", dependencies: ["TrackerImport", "TrackerLog"],
        swiftSettings: plain),
    .target(name: "TrackerIndexer", dependencies: ["TrackerLog"], swiftSettings: strict),
    .target(name: "TrackerClient", dependencies: ["TrackerLog"], swiftSettings: strict),
    .target(
        name: "TrackerAnalysis", dependencies: ["TrackerIndexer", "TrackerLog"],
        swiftSettings: strict),
    .target(
        name: "TrackerUpkeep", dependencies: ["TrackerIndexer", "TrackerLog"],
        swiftSettings: strict),
    // What of the load generator decides what the log may have of a request.
    .target(
        name: "TrackerLoad", dependencies: ["TrackerLog"], sources: ["Plan/RequestDigest.swift"],
        swiftSettings: strict),
    .target(
        name: "TrackerTestSupport", dependencies: ["TrackerLog"],
        path: "Tests/TrackerTestSupport",
        // Needs the testing library, which a program of its own does not find.
        exclude: isFuzzing ? ["ScannedLines+Checking.swift"] : [],
        swiftSettings: strict),
    .target(
        name: "FuzzTargets",
        dependencies: [
            "TrackerImport", "TrackerLog", "TrackerIndexer", "TrackerProfile", "TrackerWeb",
            "TrackerTelemetry", "TrackerTestSupport",
        ],
        path: "Tests/FuzzTargets", swiftSettings: plain),
]
var packages: [Package.Dependency] = []
/// What the whole server and its tests need of other packages; as in the package of the project.
var serverLibraries: [Target.Dependency] = []
if sanitizer == nil {
    targets += [
        .target(
            name: "TrackerExport",
            dependencies: ["TrackerImport", "TrackerIndexer", "TrackerLog", "CZlib"],
            swiftSettings: strict),
        // What of the server needs no network.
        .target(
            name: "TrackerWeb", dependencies: ["TrackerIndexer", "TrackerLog"],
            sources: [
                "Intake/Guide/TrackEvents.swift", "Intake/Guide/TrackFields.swift",
                "Intake/Guide/TrackReport.swift", "Intake/Guide/TrackBodyError.swift",
                "Requests/RequestPath.swift", "Claims/Claim.swift", "Claims/KeyHash.swift",
                "Security/AllowedHosts.swift", "WebLimits.swift",
            ],
            swiftSettings: strict),
    ]
} else {
    packages = [
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ]
    serverLibraries = [
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
    ]
    serverLibraries += ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOEmbedded"]
        .map { .product(name: $0, package: "swift-nio") }
    targets += [
        .target(
            name: "TrackerPages",
            dependencies: ["TrackerAnalysis", "TrackerIndexer", "TrackerProfile", "TrackerLog"],
            exclude: ["Assets"],
            swiftSettings: plain,
            plugins: ["EmbedAssets"]),
        .target(
            name: "TrackerWeb",
            dependencies: [
                "TrackerPages", "TrackerAnalysis", "TrackerIndexer", "TrackerTelemetry",
                "TrackerProfile", "TrackerLog",
            ] + serverLibraries,
            swiftSettings: plain),
        .executableTarget(name: "embed-assets", swiftSettings: plain),
        .plugin(name: "EmbedAssets", capability: .buildTool(), dependencies: ["embed-assets"]),
    ]
}
if seesThreads {
    targets.append(.target(name: "VisibleOrder", path: "Fuzz/Sources/VisibleOrder"))
}
if isFuzzing {
    targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets", "TrackerLog"], path: "Fuzz/Sources/fuzz",
            swiftSettings: strict))
} else {
    targets.append(
        .target(
            name: "TrackerIndexTestSupport",
            dependencies: ["TrackerIndexer", "TrackerLog", "TrackerTestSupport"],
            path: "Tests/TrackerIndexTestSupport", swiftSettings: plain))
    targets.append(
        .executableTarget(
            name: "selftest-faults", dependencies: ["TrackerUpkeep", "TrackerLog"],
            path: "Tests/SelfTestFaults", swiftSettings: strict))
    typealias Tests = (name: String, dependencies: [Target.Dependency])
    // They need 64 MiB of text in one thread: minutes under a sanitizer, and nothing that the
    // others do not show it.
    let largest = ["TrackerIndexerTests": ["LimitLawTests.swift", "UnkeptDetailTests.swift"]]
    let index: [Target.Dependency] = [
        "TrackerIndexer", "TrackerLog", "TrackerIndexTestSupport", "TrackerTestSupport",
    ]
    var tests: [Tests] = [
        ("TrackerLogTests", ["TrackerLog", "TrackerTestSupport"]),
        ("TrackerClientTests", ["TrackerClient", "TrackerLog", "TrackerTestSupport"]),
        ("TrackerIndexerTests", index),
        ("TrackerUpkeepTests", ["TrackerUpkeep", "selftest-faults"] + index),
    ]
    // What has one thread: ThreadSanitizer would find nothing in it.
    if !seesThreads {
        tests += [
            ("TrackerImportTests", ["TrackerImport", "TrackerLog", "TrackerTestSupport"]),
            ("FuzzReplayTests", ["FuzzTargets", "TrackerLog"]),
        ]
    }
    if sanitizer == nil {
        tests += [
            // Under a sanitizer the system's SQLite would be looked at as well.
            ("TrackerExportTests", ["TrackerExport", "TrackerImport"] + index),
            // It computes, and has no unsafe code.
            ("TrackerAnalysisTests", ["TrackerAnalysis"] + index),
        ]
    } else {
        let parts: [Target.Dependency] = [
            "TrackerWeb", "TrackerPages", "TrackerAnalysis", "TrackerTelemetry", "TrackerProfile",
            "CZlib",
        ]
        tests.append(("TrackerWebTests", parts + index + serverLibraries))
    }
    for (name, dependencies) in tests {
        targets.append(
            .testTarget(
                name: name, dependencies: dependencies + (seesThreads ? ["VisibleOrder"] : []),
                exclude: sanitizer == nil ? [] : largest[name] ?? [],
                swiftSettings: plain))
    }
    if !seesThreads {
        targets.append(
            .testTarget(
                name: "TrackerLoadTests", dependencies: ["TrackerLoad"],
                sources: ["RequestDigestTests.swift"], swiftSettings: strict))
    }
}

let package = Package(name: "local-tracker-core", dependencies: packages, targets: targets)
