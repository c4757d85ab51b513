/// A place in the text of a file: after unwrapping, where it is compressed.
package struct ImportPlace: Sendable, Hashable, CustomStringConvertible {
    /// From 1; `nil` where the format has no lines.
    package var line: Int?
    /// In bytes, from 0.
    package var offset: Int

    static let start = ImportPlace(line: 1, offset: 0)

    package init(line: Int?, offset: Int) {
        self.line = line
        self.offset = offset
    }

    package var description: String {
        line.map { "line \($0), offset \(offset)" } ?? "offset \(offset)"
    }
}

/// Why a file was not imported.
package enum ImportError: Error, Sendable, Hashable {
    /// No reader knows it. `begins` is how it begins.
    case unknown(tried: [String], begins: String)
    /// It is known, and cannot be read: why, and what to do.
    case refused(format: String, reason: String, advice: String, place: ImportPlace?)
    /// Nothing was in it.
    case empty
}

extension ImportError {
    /// Without the list of formats: for one of many files.
    package var brief: String {
        guard case .unknown(_, let begins) = self else { return "\(self)" }
        return "no known format: it begins with \"\(begins)\""
    }
}

extension ImportError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknown(let tried, let begins):
            "no known format: it begins with \"\(begins)\"."
                + " Tried: \(tried.joined(separator: ", "))."
                + " docs/IMPORT.md says how each tool writes a file that can be imported"
        case .refused(let format, let reason, let advice, let place):
            "\(format): \(place.map { "\($0): " } ?? "")\(reason). \(advice)"
        case .empty: "the file is empty: there is nothing to import"
        }
    }
}
