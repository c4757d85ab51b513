/// How the certificate of an `https` target is checked.
package struct TLSSettings: Sendable, Hashable {
    /// `false` takes any certificate: for a test system that made its own.
    package var verifiesCertificate: Bool
    /// A PEM file with certificates to trust besides the system's.
    package var authorityFile: String?

    package init(verifiesCertificate: Bool = true, authorityFile: String? = nil) {
        self.verifiesCertificate = verifiesCertificate
        self.authorityFile = authorityFile
    }
}

extension Origin {
    /// The name that is asked for and checked; an address is checked as the connection's own.
    var tlsName: String? {
        let isAddress =
            host.contains(":") || host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
        return isAddress ? nil : host
    }
}
