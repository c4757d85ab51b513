import FoundationEssentials

/// A file of the repository, such as a page that a test holds to the code.
/// - Parameter path: from the root of the repository.
package func repositoryText(_ path: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    return String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
}
