// swift-tools-version: 6.2
import PackageDescription

#if canImport(Glibc)
    import Glibc
#endif

/// One list of settings for every target, so that strictness is the same everywhere.
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

/// For the targets that fold and compute. With the variable they are optimised in a debug build as
/// well, and the libraries, which take most of the time to compile, are not: `scripts/run` sets it
/// for the first build on a machine, and `scripts/test` for the tests, which take far less of the
/// processor's time with it.
let computing: [SwiftSetting] =
    Context.environment["TRACKER_OPTIMISED_CORE"] == nil
    ? strict
    : strict + [
        // Threads, because a debug build expects an object file for each source file.
        .unsafeFlags(
            ["-O", "-whole-module-optimization", "-num-threads", "2"],
            .when(configuration: .debug))
    ]

/// For what calls the others and computes little: a small program matters more there than a fast
/// one.
let small =
    strict + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// lld makes the program 2.5 MB smaller. Relocations have the packed form (RELR), 2 MB, which the
/// loader of glibc knows from 2.36 on: with an older one the program would not start. And functions
/// of the same instructions are kept once, 0.56 MB: nothing here compares two by their addresses.
/// The table by which C++ finds the frame of an exception, 0.99 MB, is left out: nothing in the
/// program throws one, and no thread is cancelled.
let smallLink: [LinkerSetting] = {
    #if canImport(Glibc)
        guard (__GLIBC__, __GLIBC_MINOR__) >= (2, 36) else { return [] }
        let flags = [
            "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
            "-Xlinker", "--icf=all", "-Xlinker", "--no-eh-frame-hdr",
        ]
        return [
            .unsafeFlags(flags, .when(platforms: [.linux], configuration: .release))
        ]
    #else
        return []
    #endif
}()

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let lifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "local-tracker",
    products: [
        .executable(name: "tracker", targets: ["tracker"]),
        .library(name: "TrackerLog", targets: ["TrackerLog"]),
        .library(name: "TrackerClient", targets: ["TrackerClient", "TrackerLog"]),
        .library(name: "TrackerMetrics", targets: ["TrackerMetrics"]),
        .library(name: "TrackerHummingbird", targets: ["TrackerHummingbird"]),
    ],
    dependencies: [
        // `traits: []` keeps Hummingbird on FoundationEssentials: full Foundation brings 45 MB
        // of ICU.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "TrackerLog", dependencies: ["CZstd", "CZlib"], swiftSettings: computing),
        .target(
            name: "TrackerImport", dependencies: ["TrackerLog", "CZstd", "CZlib"],
            swiftSettings: computing),
        .target(
            name: "TrackerProfile", dependencies: ["TrackerImport", "TrackerLog"],
            swiftSettings: computing),
        .target(name: "TrackerClient", dependencies: ["TrackerLog"], swiftSettings: strict),
        .target(
            name: "TrackerMetrics", dependencies: ["TrackerClient", "TrackerLog", coreMetrics],
            swiftSettings: strict),
        .target(
            name: "TrackerHummingbird",
            dependencies: ["TrackerClient", "TrackerLog", hummingbird, httpTypes],
            swiftSettings: strict),
        .target(
            name: "TrackerTelemetry", dependencies: ["TrackerImport", "TrackerLog"],
            swiftSettings: small),
        .target(name: "TrackerIndexer", dependencies: ["TrackerLog"], swiftSettings: computing),
        .target(
            name: "TrackerExport",
            dependencies: ["TrackerImport", "TrackerIndexer", "TrackerLog", "CZlib"],
            swiftSettings: small),
        .target(
            name: "TrackerAnalysis", dependencies: ["TrackerIndexer", "TrackerLog"],
            swiftSettings: computing),
        .target(
            name: "TrackerUpkeep", dependencies: ["TrackerIndexer", "TrackerLog"],
            swiftSettings: small),
        .target(
            name: "TrackerPages",
            dependencies: ["TrackerAnalysis", "TrackerIndexer", "TrackerProfile", "TrackerLog"],
            exclude: ["Assets"],
            swiftSettings: small,
            plugins: ["EmbedAssets"]),
        .target(
            name: "TrackerWeb",
            dependencies: [
                "TrackerPages", "TrackerAnalysis", "TrackerIndexer", "TrackerTelemetry",
                "TrackerProfile", "TrackerLog", hummingbird, logging, nioCore, nioPosix, nioHTTP1,
                lifecycle,
                httpTypes,
            ],
            // Fast, not small: reports and requests are its time, and 0.13 MB is what it costs.
            swiftSettings: strict),
        .target(
            name: "TrackerLoad",
            dependencies: ["TrackerClient", "TrackerLog", nioCore, nioPosix, nioHTTP1],
            swiftSettings: small),
        .executableTarget(
            name: "tracker",
            dependencies: [
                "TrackerLog", "TrackerClient", "TrackerIndexer", "TrackerAnalysis",
                "TrackerUpkeep", "TrackerPages", "TrackerWeb", "TrackerLoad", "TrackerImport",
                "TrackerTelemetry", "TrackerExport", "TrackerProfile", argumentParser, logging,
            ],
            swiftSettings: small,
            // Nothing loads code into the program: without a table of its symbols it is 3 MB
            // smaller.
            linkerSettings: smallLink + [
                .unsafeFlags(["-Xlinker", "--no-export-dynamic"], .when(platforms: [.linux]))
            ]),
        .executableTarget(name: "embed-assets", swiftSettings: strict),
        .plugin(
            name: "EmbedAssets", capability: .buildTool(), dependencies: ["embed-assets"]),
        // Here, and not in a package of its own: its libraries are built already.
        .executableTarget(
            name: "hummingbird-service",
            dependencies: [
                "TrackerHummingbird", "TrackerClient", "TrackerLog", hummingbird,
            ],
            path: "Examples/hummingbird-service", exclude: ["README.md"],
            swiftSettings: strict),
        .target(
            name: "TrackerTestSupport",
            dependencies: ["TrackerLog"],
            path: "Tests/TrackerTestSupport",
            swiftSettings: strict),
        .executableTarget(
            name: "selftest-faults",
            dependencies: ["TrackerUpkeep", "TrackerLog"],
            path: "Tests/SelfTestFaults",
            swiftSettings: strict),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "TrackerImport", "TrackerLog", "TrackerIndexer", "TrackerProfile", "TrackerWeb",
                "TrackerTelemetry", "TrackerTestSupport",
            ],
            path: "Tests/FuzzTargets",
            swiftSettings: strict),
        .testTarget(
            name: "FuzzReplayTests",
            dependencies: ["FuzzTargets", "TrackerLog"],
            swiftSettings: strict),
        .target(
            name: "TrackerIndexTestSupport",
            dependencies: ["TrackerIndexer", "TrackerLog", "TrackerTestSupport"],
            path: "Tests/TrackerIndexTestSupport",
            swiftSettings: strict),
        .testTarget(
            name: "TrackerLogTests",
            dependencies: ["TrackerLog", "TrackerTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerImportTests",
            dependencies: ["TrackerImport", "TrackerLog", "TrackerTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerExportTests",
            dependencies: [
                "TrackerExport", "TrackerImport", "TrackerIndexer", "TrackerLog",
                "TrackerIndexTestSupport", "TrackerTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerTelemetryTests",
            dependencies: [
                "TrackerTelemetry", "TrackerImport", "TrackerLog", "TrackerTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerProfileTests",
            dependencies: ["TrackerProfile", "TrackerLog", "TrackerTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerClientTests",
            dependencies: ["TrackerClient", "TrackerLog", "TrackerTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerMetricsTests",
            dependencies: [
                "TrackerMetrics", "TrackerHummingbird", "TrackerClient", "TrackerLog",
                coreMetrics, hummingbird, httpTypes, logging, nioCore,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerIndexerTests",
            dependencies: [
                "TrackerIndexer", "TrackerLog", "TrackerIndexTestSupport", "TrackerTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerAnalysisTests",
            dependencies: [
                "TrackerAnalysis", "TrackerIndexer", "TrackerLog", "TrackerIndexTestSupport",
                "TrackerTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerUpkeepTests",
            dependencies: [
                "selftest-faults",
                "TrackerUpkeep", "TrackerIndexer", "TrackerLog", "TrackerIndexTestSupport",
                "TrackerTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerPagesTests",
            dependencies: [
                "TrackerPages", "TrackerAnalysis", "TrackerIndexer", "TrackerLog",
                "TrackerTestSupport",
            ],
            exclude: ["Golden"],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerWebTests",
            dependencies: [
                "TrackerWeb", "TrackerPages", "TrackerAnalysis", "TrackerIndexer",
                "TrackerTelemetry", "TrackerProfile", "TrackerLog", "TrackerIndexTestSupport",
                "TrackerTestSupport", "CZlib", hummingbird, logging, nioCore, nioPosix, nioHTTP1,
                nioEmbedded, httpTypes,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerLoadTests",
            dependencies: [
                "TrackerLoad", "TrackerClient", "TrackerLog", "TrackerTestSupport", nioCore,
                nioPosix, nioHTTP1,
            ],
            exclude: ["tls_front.py"],
            swiftSettings: strict),
        .testTarget(
            name: "TrackerCommandTests",
            dependencies: [
                "tracker", "TrackerLog", "TrackerLoad", "TrackerIndexer", "TrackerAnalysis",
                "TrackerIndexTestSupport", "TrackerTestSupport", argumentParser,
            ],
            swiftSettings: strict),
    ]
)
