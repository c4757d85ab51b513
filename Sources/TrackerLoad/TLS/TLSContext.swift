/// What the connections of a run share: how certificates are checked, and what is spoken.
///
/// Made once and not changed: any thread makes sessions of it, as OpenSSL allows.
@safe final class TLSContext: @unchecked Sendable {
    private let openSSL: OpenSSL
    private let pointer: OpenSSL.Pointer
    private let verifies: Bool

    /// Opens OpenSSL and reads the certificates, once a run.
    init(_ settings: TLSSettings) throws(LoadError) {
        openSSL = try OpenSSL()
        verifies = settings.verifiesCertificate
        openSSL.clearErrors()
        guard let pointer = unsafe openSSL.newContext(openSSL.clientMethod()) else {
            throw .noTLS(reason: openSSL.takeReason() ?? "OpenSSL gives no context")
        }
        unsafe self.pointer = unsafe pointer
        _ = unsafe openSSL.controlContext(
            pointer, OpenSSL.minimumVersionControl, OpenSSL.tls12, nil)
        _ = unsafe openSSL.controlContext(pointer, OpenSSL.modeControl, OpenSSL.modes, nil)
        _ = unsafe openSSL.setContextOptions(pointer, OpenSSL.noRenegotiation)
        try trust(settings)
        // ALPN, a length and a name: without it some servers choose HTTP/2.
        let name = Array("http/1.1".utf8)
        let protocols = [UInt8(name.count)] + name
        guard unsafe openSSL.setProtocols(pointer, protocols, UInt32(protocols.count)) == 0 else {
            throw .noTLS(reason: openSSL.takeReason() ?? "OpenSSL takes no protocol")
        }
    }

    deinit { unsafe openSSL.freeContext(pointer) }

    private func trust(_ settings: TLSSettings) throws(LoadError) {
        guard settings.verifiesCertificate else {
            // Any certificate: with the short key or the old signature of a test system as well.
            unsafe openSSL.setSecurityLevel(pointer, 0)
            unsafe openSSL.setVerify(pointer, OpenSSL.verifyNone, nil)
            return
        }
        unsafe openSSL.setVerify(pointer, OpenSSL.verifyPeer, nil)
        guard unsafe openSSL.setDefaultVerifyPaths(pointer) == 1 else {
            throw .file(
                path: "the system's certificates",
                reason: openSSL.takeReason() ?? "OpenSSL knows none")
        }
        guard let file = settings.authorityFile else { return }
        guard unsafe openSSL.loadVerifyLocations(pointer, file, nil) == 1 else {
            throw .file(path: file, reason: openSSL.takeReason() ?? "no certificate in PEM")
        }
    }

    /// - Parameters:
    ///   - name: sent as SNI, and checked against the certificate.
    ///   - address: checked against the certificate when there is no name.
    func session(name: String?, address: String?) throws(TLSError) -> TLSSession {
        openSSL.clearErrors()
        guard let session = unsafe openSSL.newSession(pointer) else {
            throw .failed(reason: openSSL.takeReason() ?? "OpenSSL gives no session")
        }
        return try unsafe TLSSession(
            session, openSSL: openSSL, verifies: verifies, name: name, address: address)
    }
}
