import TrackerLog

/// Finds the format of a file by what is in it.
struct FormatDetection {
    let formats: [AnyFormat]

    /// What reads the file.
    enum Found {
        case feed(any FormatFeed, any ImportFormat.Type)
        /// One JSON value: which format it is shows when it is whole.
        case document
    }

    func find(_ head: FileHead) throws(ImportError) -> Found {
        guard head.firstByte != nil else { throw .empty }
        for format in formats {
            switch format {
            case .lines(let type) where type.recognises(head):
                return .feed(LineFeed(type), type)
            case .records(let type) where type.recognises(head):
                return .feed(RecordFeed(type, head: head), type)
            case .stream(let type) where type.recognises(head):
                return .feed(StreamFeed(type), type)
            case .refused(let type) where type.recognises(head): throw type.refusal(head)
            default: continue
            }
        }
        if head.beginsJSON { return .document }
        throw unknown(head)
    }

    /// - Parameter keys: of a JSON object, which say more than its first line.
    func unknown(_ head: FileHead, keys: [String]? = nil) -> ImportError {
        let names = keys.map { "{ " + $0.joined(separator: ", ") }
        let begins = names.map { String($0.prefix(ImportLimits.maxQuotedBytes)) }
        return .unknown(tried: formats.map { $0.type.name }, begins: begins ?? head.quoted)
    }

    func document(_ value: JSONValue) -> (any DocumentFormat.Type)? {
        for format in formats {
            if case .document(let type) = format, type.recognises(value) { return type }
        }
        return nil
    }

    /// Where the value is a list of reports of one format, as `jq -s` makes it: that, and them.
    func documents(_ value: JSONValue) -> (any DocumentFormat.Type, [JSONValue])? {
        if let type = document(value) { return (type, [value]) }
        guard let list = value.arrayValue, let first = list.first, let type = document(first),
            list.allSatisfy({ type.recognises($0) })
        else { return nil }
        return (type, list)
    }
}
