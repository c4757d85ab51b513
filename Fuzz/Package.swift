// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// The log, the index and what reads requests, without anything that needs another package: built
/// in a minute under any sanitizer. `scripts/lib/core.sh` puts links to the sources beside it.
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
let seesThreads = environment["TRACKER_SANITIZER"] == "thread"

var targets: [Target] = [
    .systemLibrary(name: "CZstd"),
    .systemLibrary(name: "CZlib"),
    .target(name: "TrackerLog", dependencies: ["CZstd", "CZlib"], swiftSettings: strict),
    .target(
        name: "TrackerImport", dependencies: ["TrackerLog", "CZstd", "CZlib"],
        swiftSettings: strict),
    .target(
        name: "TrackerTelemetry", dependencies: ["TrackerImport", "TrackerLog"],
        swiftSettings: strict),
    .target(
        name: "TrackerProfile", dependencies: ["TrackerImport", "TrackerLog"],
        swiftSettings: strict),
    .target(name: "TrackerIndexer", dependencies: ["TrackerLog"], swiftSettings: strict),
    .target(
        name: "TrackerExport",
        dependencies: ["TrackerImport", "TrackerIndexer", "TrackerLog", "CZlib"],
        swiftSettings: strict),
    .target(name: "TrackerClient", dependencies: ["TrackerLog"], swiftSettings: strict),
    .target(
        name: "TrackerAnalysis", dependencies: ["TrackerIndexer", "TrackerLog"],
        swiftSettings: strict),
    .target(
        name: "TrackerUpkeep", dependencies: ["TrackerIndexer", "TrackerLog"],
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
        path: "Tests/FuzzTargets", swiftSettings: strict),
]
if seesThreads {
    targets.append(.target(name: "VisibleMutex", path: "Fuzz/Sources/VisibleMutex"))
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
            path: "Tests/TrackerIndexTestSupport", swiftSettings: strict))
    targets.append(
        .executableTarget(
            name: "selftest-faults", dependencies: ["TrackerUpkeep", "TrackerLog"],
            path: "Tests/SelfTestFaults", swiftSettings: strict))
    let index = ["TrackerIndexer", "TrackerLog", "TrackerIndexTestSupport", "TrackerTestSupport"]
    var tests = [
        ("TrackerLogTests", ["TrackerLog", "TrackerTestSupport"]),
        ("TrackerImportTests", ["TrackerImport", "TrackerLog", "TrackerTestSupport"]),
        ("TrackerClientTests", ["TrackerClient", "TrackerLog", "TrackerTestSupport"]),
        ("TrackerIndexerTests", index),
        ("TrackerAnalysisTests", ["TrackerAnalysis"] + index),
        ("TrackerUpkeepTests", ["TrackerUpkeep", "selftest-faults"] + index),
        ("FuzzReplayTests", ["FuzzTargets", "TrackerLog"]),
    ]
    // Under a sanitizer the system's SQLite would be looked at as well.
    if environment["TRACKER_SANITIZER"] == nil {
        tests.append(("TrackerExportTests", ["TrackerExport", "TrackerImport"] + index))
    }
    for (name, dependencies) in tests {
        targets.append(
            .testTarget(
                name: name,
                dependencies: (dependencies + (seesThreads ? ["VisibleMutex"] : []))
                    .map { .byName(name: $0) },
                swiftSettings: strict))
    }
    targets.append(
        .testTarget(
            name: "TrackerLoadTests",
            dependencies: (["TrackerLoad"] + (seesThreads ? ["VisibleMutex"] : []))
                .map { .byName(name: $0) },
            sources: ["RequestDigestTests.swift"], swiftSettings: strict))
}

let package = Package(name: "local-tracker-core", targets: targets)
