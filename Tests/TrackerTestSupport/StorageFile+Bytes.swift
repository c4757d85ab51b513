public import TrackerLog

extension StorageFile {
    /// One call of `append`, with all the bytes. - Returns: how many it took.
    @discardableResult
    public func append(_ bytes: [UInt8]) throws(StorageError) -> Int {
        let result = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(StorageError) in unsafe try append(buffer) }
        }
        return try result.get()
    }

    @discardableResult
    public func append(_ text: String) throws(StorageError) -> Int { try append(Array(text.utf8)) }

    /// One call of `read`.
    public func read(count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = unsafe bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(StorageError) in unsafe try read(into: buffer, at: offset) }
        }
        return Array(bytes.prefix(try result.get()))
    }

    /// The whole file.
    public func bytes() throws(StorageError) -> [UInt8] {
        let size = try status().size
        var bytes: [UInt8] = []
        while bytes.count < size {
            let more = try read(count: size - bytes.count, at: bytes.count)
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    public func text() throws(StorageError) -> String {
        String(decoding: try bytes(), as: UTF8.self)
    }
}
