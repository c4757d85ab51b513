import Glibc
import TrackerClient
import TrackerLog

/// `tracker serve --install`: writes the units, and says how to start and how to undo it.
struct ServiceInstall {
    /// `$XDG_CONFIG_HOME/systemd/user`.
    let folder: String
    let units: ServiceUnits

    /// - Throws: a folder that cannot be found or written, or a unit that somebody else wrote.
    func run() throws {
        let files = try units.files()
        try makeFolders()
        let storage = try PosixStorage(root: folder, create: false)
        for file in files { try checkOurs(file.name) }
        for file in files {
            try storage.replace(StoragePath(file.name), with: Array(file.text.utf8))
            printLine("written: \(folder)/\(file.name)")
        }
        printText(instructions)
    }

    /// Folders on the way may be links, as those of people who keep `~/.config` elsewhere are.
    private func makeFolders() throws(CommandFailure) {
        var path = ""
        for name in folder.split(separator: "/") {
            path += "/\(name)"
            guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else {
                throw CommandFailure("cannot make the folder \(path): \(systemMessage(errno))")
            }
        }
    }

    private func checkOurs(_ name: String) throws {
        let path = "\(folder)/\(name)"
        guard let bytes = try SmallFile.readIfPresent(path, maxBytes: Self.unitBytes) else {
            return
        }
        guard bytes.starts(with: ServiceUnits.mark.utf8) else {
            throw CommandFailure(
                "\(path) was not written by tracker: rename it, then repeat the command")
        }
    }

    /// More than any unit has.
    private static let unitBytes = 64 << 10

    private var instructions: String {
        let names = "\(ServiceUnits.socket) \(ServiceUnits.service)"
        let paths = [ServiceUnits.socket, ServiceUnits.service].map {
            ShellQuoting.quoted("\(folder)/\($0)")
        }
        let first = units.startsAtLogin ? "" : "; the first request starts the server"
        return """

            Start it, now and after each login\(first):
              systemctl --user daemon-reload
              systemctl --user enable --now \(units.startsAtLogin ? names : ServiceUnits.socket)
            Its pages: http://localhost:\(units.port)/
            What it says: journalctl --user -u \(ServiceUnits.service)
            To undo it:
              systemctl --user disable --now \(names)
              rm \(paths.joined(separator: " "))

            """
    }

    /// The folder for an account's units.
    /// - Throws: when neither `XDG_CONFIG_HOME` nor `HOME` names a folder.
    static func userFolder(_ settings: Settings) throws(CommandFailure) -> String {
        let configuration = settings["XDG_CONFIG_HOME"] ?? settings["HOME"].map { $0 + "/.config" }
        guard let configuration, configuration.hasPrefix("/") else {
            throw CommandFailure(
                "no folder for units: set HOME or XDG_CONFIG_HOME to a path that begins with /")
        }
        return configuration + "/systemd/user"
    }

    /// The whole path of this program.
    static func programPath() throws(CommandFailure) -> String {
        let path = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) {
            text -> String? in
            guard let start = text.baseAddress else { return nil }
            let count = unsafe readlink("/proc/self/exe", start, text.count - 1)
            guard count > 0 else { return nil }
            unsafe start[count] = 0
            return unsafe String(cString: start)
        }
        guard let path else {
            throw CommandFailure("cannot tell where this program is: /proc/self/exe is not there")
        }
        return path
    }

    /// Whether the machine has `::1`, from the text of `/proc/net/if_inet6`.
    static func hasIPv6(_ text: String?) -> Bool {
        text?.split(separator: "\n").contains {
            $0.hasPrefix(String(repeating: "0", count: 31) + "1 ")
        } ?? false
    }
}
