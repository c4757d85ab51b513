import FoundationEssentials
import Glibc
import TrackerLog

/// A picture of a page, which the browser Chromium makes.
enum PagePicture {
    /// Names under which it is installed.
    private static let browsers = ["chromium", "chromium-browser", "google-chrome"]
    private static let width = 1_280
    /// What a page of a session takes; the rest of a longer one is cut off.
    private static let height = 3_200

    static func png(of page: [UInt8]) throws -> [UInt8] {
        let browser = try browser()
        let root = TemporaryFiles.root
        let storage = try PosixStorage(root: root, create: false)
        let folder = StoragePath("tracker-report.\(UInt64.random(in: 0 ... .max))")
        let (source, picture) = (folder.appending("page.html"), folder.appending("page.png"))
        try storage.createDirectory(folder)
        defer {
            // try? is right here: what a browser leaves in a temporary folder is no one's data.
            try? FileManager.default.removeItem(atPath: "\(root)/\(folder)")
        }
        try storage.replace(source, with: page)
        var words = [
            browser, "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--user-data-dir=\(root)/\(folder)/profile",
            "--window-size=\(width),\(height)", "--screenshot=\(root)/\(picture)",
            "file://\(root)/\(source)",
        ]
        // Chromium refuses to start as root with its sandbox; the page has no script.
        if getuid() == 0 { words.insert("--no-sandbox", at: 1) }
        let usage = try MeasuredProgram(words: words, readsInput: false, showsOutput: false)
            .execute(RunningProgram())
        guard usage.end == .exited(0) else {
            throw CommandFailure("\(browser) made no picture: \(usage.end)")
        }
        do throws(StorageError) {
            return try storage.readAll(picture, limit: maxBytes)
        } catch {
            throw CommandFailure("\(browser) made no picture: \(error)")
        }
    }

    /// Pictures of such pages have a few hundred kilobytes.
    private static let maxBytes = 64 << 20

    private static func browser() throws -> String {
        let folders = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        for name in browsers {
            for folder in folders.split(separator: ":")
            where unsafe access("\(folder)/\(name)", X_OK) == 0 {
                return name
            }
        }
        throw CommandFailure(
            "--png needs Chromium, and none of \(browsers.joined(separator: ", ")) is in PATH:"
                + " install it, or write the page with -o report.html and print it there")
    }
}
