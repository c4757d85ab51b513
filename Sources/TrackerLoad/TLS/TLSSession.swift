import NIOCore

/// One TLS connection as bytes in and bytes out: it knows no socket.
///
/// Confined to its connection's event loop.
@safe final class TLSSession {
    /// How far a step came.
    enum Progress {
        case done
        /// More bytes of the peer are needed first.
        case wantsBytes
        /// The peer said that it sends no more.
        case ended
        case failed(TLSError)
    }

    private let openSSL: OpenSSL
    private let pointer: OpenSSL.Pointer
    private let verifies: Bool
    /// Ciphertext of the peer, and for the peer. The session owns both.
    private let incoming: OpenSSL.Pointer
    private let outgoing: OpenSSL.Pointer

    /// - Parameters:
    ///   - pointer: owned from here on.
    ///   - verifies: whether the target's certificate is looked at.
    init(
        _ pointer: OpenSSL.Pointer, openSSL: OpenSSL, verifies: Bool, name: String?,
        address: String?
    ) throws(TLSError) {
        let incoming = unsafe openSSL.newStream(openSSL.memoryMethod())
        let outgoing = unsafe openSSL.newStream(openSSL.memoryMethod())
        guard let incoming = unsafe incoming, let outgoing = unsafe outgoing else {
            _ = unsafe openSSL.freeStream(incoming)
            _ = unsafe openSSL.freeStream(outgoing)
            unsafe openSSL.freeSession(pointer)
            throw .failed(reason: "no memory for a TLS connection")
        }
        self.openSSL = openSSL
        self.verifies = verifies
        unsafe self.pointer = unsafe pointer
        unsafe self.incoming = unsafe incoming
        unsafe self.outgoing = unsafe outgoing
        unsafe openSSL.setStreams(pointer, incoming, outgoing)
        unsafe openSSL.setConnectState(pointer)
        guard isPeerSet(name: name, address: address) else {
            let peer = name ?? address ?? "no name"
            throw .failed(reason: "no certificate can be for \(peer)")
        }
    }

    deinit { unsafe openSSL.freeSession(pointer) }

    private func isPeerSet(name: String?, address: String?) -> Bool {
        guard var name = name.map({ Array($0.utf8CString) }) else {
            guard let address, let parameters = unsafe openSSL.verifyParameters(pointer) else {
                return false
            }
            return unsafe openSSL.setPeerAddress(parameters, address) == 1
        }
        return unsafe openSSL.setPeerName(pointer, name) == 1
            && openSSL.controlSession(
                pointer, OpenSSL.serverNameControl, OpenSSL.hostNameType, &name) == 1
    }

    func handshake() -> Progress {
        openSSL.clearErrors()
        return progress(unsafe openSSL.handshake(pointer))
    }

    /// Takes ciphertext of the peer.
    func receive(_ bytes: ByteBuffer) -> Progress {
        let isTaken = unsafe bytes.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
            let count = Int32(clamping: bytes.count)
            return unsafe openSSL.writeStream(incoming, start, count) == bytes.count
        }
        return isTaken ? .done : .failed(.failed(reason: "no memory for what was received"))
    }

    /// Adds all the plaintext that can be had now.
    func read(into plaintext: inout ByteBuffer) -> Progress {
        while true {
            openSSL.clearErrors()
            var result: Int32 = 0
            unsafe plaintext.writeWithUnsafeMutableBytes(
                minimumWritableBytes: LoadLimits.minTLSReadBytes
            ) { bytes in
                guard let start = bytes.baseAddress else { return 0 }
                unsafe result = openSSL.read(pointer, start, Int32(clamping: bytes.count))
                return max(0, Int(result))
            }
            guard result > 0 else { return progress(result) }
        }
    }

    /// Encrypts bytes from the front of the buffer, and moves its reader past them.
    func write(_ plaintext: inout ByteBuffer) -> Progress {
        openSSL.clearErrors()
        var result: Int32 = 1
        unsafe plaintext.readWithUnsafeReadableBytes { bytes in
            // Writing zero bytes is undefined in OpenSSL.
            guard let start = bytes.baseAddress, bytes.count > 0 else { return 0 }
            let count = min(bytes.count, LoadLimits.maxTLSWriteBytes)
            unsafe result = openSSL.write(pointer, start, Int32(count))
            return max(0, Int(result))
        }
        return progress(result)
    }

    /// Says to the peer that nothing more will be sent.
    func shutDown() {
        openSSL.clearErrors()
        _ = unsafe openSSL.shutDown(pointer)
        openSSL.clearErrors()
    }

    /// The ciphertext for the peer since the last call.
    func takeOutput(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
        let count = unsafe openSSL.controlStream(outgoing, OpenSSL.pendingControl, 0, nil)
        guard count > 0 else { return nil }
        var output = allocator.buffer(capacity: count)
        unsafe output.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return unsafe max(0, Int(openSSL.readStream(outgoing, start, Int32(clamping: count))))
        }
        return output
    }

    private func progress(_ result: Int32) -> Progress {
        guard result <= 0 else { return .done }
        switch unsafe openSSL.error(pointer, result) {
        case OpenSSL.wantsRead: return .wantsBytes
        case OpenSSL.closed: return .ended
        default:
            let reason = openSSL.takeReason() ?? "OpenSSL gives no reason"
            return .failed(.failed(reason: certificateProblem.map { "\(reason): \($0)" } ?? reason))
        }
    }

    /// What is wrong with the target's certificate; `nil` when nothing is, or it is not looked at.
    private var certificateProblem: String? {
        let code = unsafe openSSL.verifyResult(pointer)
        guard verifies, code != 0, let text = unsafe openSSL.verifyText(code) else { return nil }
        return unsafe String(cString: text)
    }
}
