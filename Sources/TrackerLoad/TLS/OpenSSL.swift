import TrackerLog

/// The functions of the system's OpenSSL that a client needs.
///
/// The library is not linked, but opened when an `https` target is named: tests of `http` need no
/// OpenSSL, and a build compiles none. It is never closed.
@safe package struct OpenSSL: @unchecked Sendable {
    // Pointers to functions that never change: any thread may read them.
    typealias Pointer = OpaquePointer

    let initCrypto: @convention(c) (UInt64, Pointer?) -> Int32
    let clientMethod: @convention(c) () -> Pointer?

    let newContext: @convention(c) (Pointer?) -> Pointer?
    let freeContext: @convention(c) (Pointer?) -> Void
    let controlContext: @convention(c) (Pointer, Int32, Int, UnsafeMutableRawPointer?) -> Int
    let setContextOptions: @convention(c) (Pointer, UInt64) -> UInt64
    let setSecurityLevel: @convention(c) (Pointer, Int32) -> Void
    let setVerify: @convention(c) (Pointer, Int32, Pointer?) -> Void
    let setDefaultVerifyPaths: @convention(c) (Pointer) -> Int32
    let loadVerifyLocations:
        @convention(c) (Pointer, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Int32
    let setProtocols: @convention(c) (Pointer, UnsafePointer<UInt8>, UInt32) -> Int32

    let newSession: @convention(c) (Pointer) -> Pointer?
    let freeSession: @convention(c) (Pointer?) -> Void
    let controlSession: @convention(c) (Pointer, Int32, Int, UnsafeMutableRawPointer?) -> Int
    let setPeerName: @convention(c) (Pointer, UnsafePointer<CChar>) -> Int32
    let verifyParameters: @convention(c) (Pointer) -> Pointer?
    let setPeerAddress: @convention(c) (Pointer, UnsafePointer<CChar>) -> Int32
    let setConnectState: @convention(c) (Pointer) -> Void
    /// The session owns both afterwards.
    let setStreams: @convention(c) (Pointer, Pointer, Pointer) -> Void
    let handshake: @convention(c) (Pointer) -> Int32
    let read: @convention(c) (Pointer, UnsafeMutableRawPointer, Int32) -> Int32
    let write: @convention(c) (Pointer, UnsafeRawPointer, Int32) -> Int32
    let shutDown: @convention(c) (Pointer) -> Int32
    let error: @convention(c) (Pointer, Int32) -> Int32
    let verifyResult: @convention(c) (Pointer) -> Int
    let verifyText: @convention(c) (Int) -> UnsafePointer<CChar>?

    let memoryMethod: @convention(c) () -> Pointer?
    let newStream: @convention(c) (Pointer?) -> Pointer?
    let freeStream: @convention(c) (Pointer?) -> Int32
    let readStream: @convention(c) (Pointer, UnsafeMutableRawPointer, Int32) -> Int32
    let writeStream: @convention(c) (Pointer, UnsafeRawPointer, Int32) -> Int32
    let controlStream: @convention(c) (Pointer, Int32, Int, UnsafeMutableRawPointer?) -> Int

    let nextError: @convention(c) () -> UInt
    let clearErrors: @convention(c) () -> Void
    let errorText: @convention(c) (UInt, UnsafeMutablePointer<CChar>, Int) -> Void

    /// The first that can be opened is taken. The plain name comes with the development files.
    package static let libraryNames = ["libssl.so.3", "libssl.so"]

    /// - Parameter names: of the library, the best first.
    package init(names: [String] = libraryNames) throws(LoadError) {
        let library = try Library(names: names)
        // Without this OpenSSL cleans up at exit, while an event loop may still be in it.
        try unsafe initCrypto = library.function("OPENSSL_init_crypto")
        try unsafe clientMethod = library.function("TLS_client_method")

        try unsafe newContext = library.function("SSL_CTX_new")
        try unsafe freeContext = library.function("SSL_CTX_free")
        try unsafe controlContext = library.function("SSL_CTX_ctrl")
        try unsafe setContextOptions = library.function("SSL_CTX_set_options")
        try unsafe setSecurityLevel = library.function("SSL_CTX_set_security_level")
        try unsafe setVerify = library.function("SSL_CTX_set_verify")
        try unsafe setDefaultVerifyPaths = library.function("SSL_CTX_set_default_verify_paths")
        try unsafe loadVerifyLocations = library.function("SSL_CTX_load_verify_locations")
        try unsafe setProtocols = library.function("SSL_CTX_set_alpn_protos")

        try unsafe newSession = library.function("SSL_new")
        try unsafe freeSession = library.function("SSL_free")
        try unsafe controlSession = library.function("SSL_ctrl")
        try unsafe setPeerName = library.function("SSL_set1_host")
        try unsafe verifyParameters = library.function("SSL_get0_param")
        try unsafe setPeerAddress = library.function("X509_VERIFY_PARAM_set1_ip_asc")
        try unsafe setConnectState = library.function("SSL_set_connect_state")
        try unsafe setStreams = library.function("SSL_set_bio")
        try unsafe handshake = library.function("SSL_do_handshake")
        try unsafe read = library.function("SSL_read")
        try unsafe write = library.function("SSL_write")
        try unsafe shutDown = library.function("SSL_shutdown")
        try unsafe error = library.function("SSL_get_error")
        try unsafe verifyResult = library.function("SSL_get_verify_result")
        try unsafe verifyText = library.function("X509_verify_cert_error_string")

        try unsafe memoryMethod = library.function("BIO_s_mem")
        try unsafe newStream = library.function("BIO_new")
        try unsafe freeStream = library.function("BIO_free")
        try unsafe readStream = library.function("BIO_read")
        try unsafe writeStream = library.function("BIO_write")
        try unsafe controlStream = library.function("BIO_ctrl")

        try nextError = library.function("ERR_get_error")
        try clearErrors = library.function("ERR_clear_error")
        try unsafe errorText = library.function("ERR_error_string_n")
        _ = unsafe initCrypto(Self.noCleanupAtExit, nil)
    }

    /// Why the last call on this thread failed, in OpenSSL's words; `nil` when it does not say.
    func takeReason() -> String? {
        let code = nextError()
        clearErrors()
        guard code != 0 else { return nil }
        var text = [CChar](repeating: 0, count: 256)
        unsafe errorText(code, &text, text.count)
        let whole = String(
            decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        // `error:0A000086:SSL routines::certificate verify failed`
        let fields = whole.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
        return fields.count == 5 ? String(fields[4]) : whole
    }
}

// Numbers of OpenSSL's headers, where these are macros.
extension OpenSSL {
    fileprivate static let noCleanupAtExit: UInt64 = 0x0008_0000
    static let minimumVersionControl: Int32 = 123
    static let tls12 = 0x0303
    static let noRenegotiation: UInt64 = 1 << 30
    static let modeControl: Int32 = 33
    /// SSL_MODE_ENABLE_PARTIAL_WRITE, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER and
    /// SSL_MODE_RELEASE_BUFFERS: an idle connection holds no buffers of 16 KiB.
    static let modes = 0x01 | 0x02 | 0x10
    static let verifyNone: Int32 = 0
    static let verifyPeer: Int32 = 1
    static let serverNameControl: Int32 = 55
    static let hostNameType = 0
    static let pendingControl: Int32 = 10
    static let wantsRead: Int32 = 2
    static let closed: Int32 = 6
}

/// The library, with errors of this target.
private struct Library {
    private let library: SharedLibrary

    init(names: [String]) throws(LoadError) {
        do throws(SharedLibrary.Failure) {
            library = try SharedLibrary(names: names)
        } catch {
            throw .noTLS(reason: error.reason)
        }
    }

    func function<Function>(_ name: String) throws(LoadError) -> Function {
        do throws(SharedLibrary.Failure) {
            return try library.function(name)
        } catch {
            throw .noTLS(reason: error.reason)
        }
    }
}
