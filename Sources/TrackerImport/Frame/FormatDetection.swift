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

    /// What reads the lines of the file without what stands around them; `nil` where that is of no
    /// known format either.
    /// - Parameter isKnown: whether the file is of a known format as it is.
    func findPlain(
        _ head: FileHead, isKnown: Bool, isTable: Bool = false
    ) throws(ImportError) -> (Found, LineWrapping)? {
        for wrapping in LineWrapping.all(of: head) where wrapping.isCertain || !isKnown {
            // Reports that people read are read with their colours.
            if isKnown, wrapping.isOfColours, !isTable { continue }
            do throws(ImportError) {
                let found = try find(try wrapping.plain(head))
                if case .document = found, isKnown { continue }
                if let outside = wrapping.outside, isKnownFormat(try outside.plain(head)) {
                    continue
                }
                return (found, wrapping)
            } catch {
                if case .refused = error, !isKnown { throw error }
            }
        }
        return nil
    }

    private func isKnownFormat(_ head: FileHead) -> Bool {
        do throws(ImportError) {
            _ = try find(head)
            return true
        } catch {
            return false
        }
    }

    /// - Parameter keys: of a JSON object, which say more than its first line.
    func unknown(_ head: FileHead, keys: [String]? = nil) -> ImportError {
        let names = keys.map { "{ " + $0.joined(separator: ", ") }
        let begins = names.map { String($0.prefix(ImportLimits.maxQuotedBytes)) }
        return .unknown(tried: formats.map { $0.type.name }, begins: begins ?? head.quoted)
    }

    /// What reads a JSON value, and the parts of it that are read one by one.
    struct Reports {
        var reader: any ReportReader
        var type: any ImportFormat.Type
        var values: [JSONValue]
    }

    /// Where the value is a list of reports of one format, as `jq -s` makes it: that, and them.
    /// Also what a tool writes line by line, as a list or spread over several lines.
    func reports(_ value: JSONValue) -> Reports? {
        if let type = document(value) {
            return Reports(reader: DocumentReader(type: type), type: type, values: [value])
        }
        let list = value.arrayValue
        if let list, let first = list.first, let type = document(first),
            list.allSatisfy({ type.recognises($0) })
        {
            return Reports(reader: DocumentReader(type: type), type: type, values: list)
        }
        let first = list?.first ?? value
        guard first.objectValue != nil,
            let type = lines(FileHead(first.lineBytes, isWhole: true))
        else { return nil }
        return Reports(reader: LineReader(type), type: type, values: list ?? [value])
    }

    private func document(_ value: JSONValue) -> (any DocumentFormat.Type)? {
        for format in formats {
            if case .document(let type) = format, type.recognises(value) { return type }
        }
        return nil
    }

    private func lines(_ head: FileHead) -> (any LineFormat.Type)? {
        for format in formats {
            if case .lines(let type) = format, type.recognises(head) { return type }
        }
        return nil
    }
}
