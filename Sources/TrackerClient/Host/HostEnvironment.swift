import Glibc
package import TrackerLog

/// What a run ran on: the things that make two runs comparable or not.
package struct HostEnvironment: Sendable, Hashable {
    package var host: String
    package var kernel: String
    package var architecture: String
    package var cores: Int
    package var cpuModel: String?
    /// How the kernel chooses the clock rate, for example `performance` or `powersave`.
    package var governor: String?
    package var memoryBytes: UInt64?
    /// Over 1, 5 and 15 minutes, just before the start.
    package var loadAverage: [Double]

    /// Reads it from `uname` and `/proc`; what cannot be read is left out. Takes under a
    /// millisecond.
    package static func capture() -> HostEnvironment {
        var names = utsname()
        _ = unsafe uname(&names)
        let system = systemNames(&names)
        return HostEnvironment(
            host: system.host, kernel: system.kernel, architecture: system.architecture,
            cores: processorCount(),
            cpuModel: SmallFile.systemText("/proc/cpuinfo").flatMap(cpuModel),
            governor: SmallFile.systemText(
                "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            memoryBytes: SmallFile.systemText("/proc/meminfo").flatMap(memoryBytes),
            loadAverage: SmallFile.systemText("/proc/loadavg").map(loadAverage) ?? [])
    }

    /// With the state of the working tree, for `run_started.environment`.
    package func json(git: GitCommit?) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("host", .string(host)), .init("kernel", .string(kernel)),
            .init("architecture", .string(architecture)), .init("cores", .integer(cores)),
        ]
        if let cpuModel { members.append(.init("cpu_model", .string(cpuModel))) }
        if let governor { members.append(.init("governor", .string(governor))) }
        if let memoryBytes { members.append(.init("memory_bytes", .integer(memoryBytes))) }
        if !loadAverage.isEmpty {
            members.append(.init("load_average", .array(loadAverage.map(JSONValue.double))))
        }
        if let git { members.append(.init("git_dirty", .bool(git.isDirty))) }
        return .object(members)
    }
}

extension HostEnvironment {
    /// The first processor's name in the text of `/proc/cpuinfo`.
    package static func cpuModel(cpuinfo: String) -> String? {
        // x86 says `model name`, some ARM kernels `Model` or `Hardware`.
        for name in ["model name", "Model", "Hardware"] {
            if let value = field(name, in: cpuinfo), !value.isEmpty { return value }
        }
        return nil
    }

    /// `MemTotal` in the text of `/proc/meminfo`.
    package static func memoryBytes(meminfo: String) -> UInt64? {
        guard let kilobytes = field("MemTotal", in: meminfo)?.split(separator: " ").first
        else { return nil }
        return UInt64(kilobytes).map { $0 << 10 }
    }

    /// The three averages at the beginning of `/proc/loadavg`.
    package static func loadAverage(loadavg: String) -> [Double] {
        let numbers = loadavg.split(separator: " ").prefix(3).compactMap { Double($0) }
        return numbers.count == 3 ? numbers : []
    }

    private static func field(_ name: String, in text: String) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, trimmed(parts[0]) == name { return trimmed(parts[1]) }
        }
        return nil
    }
}

/// The texts that `uname(2)` gives.
private func systemNames(
    _ names: inout utsname
) -> (host: String, kernel: String, architecture: String) {
    (text(of: &names.nodename), text(of: &names.release), text(of: &names.machine))
}

/// The characters of a C array up to its first zero.
private func text<Characters>(of characters: inout Characters) -> String {
    unsafe withUnsafeBytes(of: &characters) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
