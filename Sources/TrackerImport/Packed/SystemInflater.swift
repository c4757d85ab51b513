/// bzip2 or xz, of any number of streams one after the other.
@safe final class SystemInflater: Inflater {
    private let kind: SystemDecompressor
    private let library: LoadedDecompressor
    private let stream: UnsafeMutableRawPointer
    private let output: UnsafeMutableRawBufferPointer
    private var input: [UInt8] = []
    private var position = 0
    private(set) var count = 0
    /// Between two streams.
    private(set) var isWhole = false
    private var wasFull = false

    init(_ packed: PackedKind, _ kind: SystemDecompressor) throws(ImportError) {
        guard let library = LoadedDecompressor(kind) else {
            throw .refused(
                format: packed.name, reason: "this machine has no \(kind.libraries[0])",
                advice: "Install \(kind.package), or unwrap it: \(packed.command) FILE"
                    + " | tracker import -", place: nil)
        }
        self.kind = kind
        self.library = library
        unsafe stream = .allocate(byteCount: kind.layout.size, alignment: 16)
        unsafe output = .allocate(byteCount: ImportLimits.pieceBytes, alignment: 16)
        guard begin() else {
            throw .refused(
                format: packed.name, reason: "there is no memory to decompress it",
                advice: "Close other programs and try again.", place: nil)
        }
    }

    deinit {
        unsafe library.end(stream)
        unsafe stream.deallocate()
        unsafe output.deallocate()
    }

    /// All bytes zero is what both headers call an empty structure.
    private func begin() -> Bool {
        unsafe stream.initializeMemory(as: UInt8.self, repeating: 0, count: kind.layout.size)
        return unsafe library.begin(stream) == kind.codes.ok
    }

    func give(_ bytes: ByteView) {
        input = bytes.array
        position = 0
    }

    func next() -> InflateStep {
        guard position < input.count || wasFull else { return .needsInput }
        if isWhole, position < input.count {
            // Zeros between streams are padding.
            while position < input.count, input[position] == 0 { position += 1 }
            guard position < input.count else { return .needsInput }
            unsafe library.end(stream)
            guard begin() else { return .damaged("no memory") }
            isWhole = false
        }
        let code = step()
        switch code {
        case kind.codes.ok, kind.codes.noProgress: break
        case kind.codes.streamEnd:
            isWhole = true
            wasFull = false
        default: return .damaged(kind.codes.names[code] ?? "error \(code)")
        }
        if count > 0 { return .piece }
        return position < input.count ? next() : .needsInput
    }

    /// Decompresses into the output; notes what was used and made.
    private func step() -> Int32 {
        unsafe input.withUnsafeMutableBytes { buffer in
            let layout = kind.layout
            let left = buffer.count - position
            let start = unsafe buffer.baseAddress.map { unsafe $0 + position }
            unsafe stream.storeBytes(of: start, toByteOffset: layout.nextIn, as: Pointer.self)
            unsafe stream.storeBytes(
                of: output.baseAddress, toByteOffset: layout.nextOut, as: Pointer.self)
            setCount(left, at: layout.availIn)
            setCount(unsafe output.count, at: layout.availOut)
            let code = unsafe library.run(stream)
            position += left - getCount(at: layout.availIn)
            count = unsafe output.count - getCount(at: layout.availOut)
            unsafe wasFull = count == output.count
            return code
        }
    }

    private typealias Pointer = UnsafeMutableRawPointer?

    private func setCount(_ count: Int, at offset: Int) {
        if kind.layout.countsAreLong {
            unsafe stream.storeBytes(of: UInt64(count), toByteOffset: offset, as: UInt64.self)
        } else {
            unsafe stream.storeBytes(of: UInt32(count), toByteOffset: offset, as: UInt32.self)
        }
    }

    private func getCount(at offset: Int) -> Int {
        if kind.layout.countsAreLong {
            unsafe Int(stream.load(fromByteOffset: offset, as: UInt64.self))
        } else {
            unsafe Int(stream.load(fromByteOffset: offset, as: UInt32.self))
        }
    }

    func withPiece(_ body: (ByteView) throws(ImportError) -> Void) throws(ImportError) {
        try unsafe body(ByteView(UnsafeRawBufferPointer(rebasing: output[..<count])))
    }
}
