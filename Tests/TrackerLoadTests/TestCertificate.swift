import NIOSSL

/// A certificate for localhost and 127.0.0.1 with its key, made for these tests only and trusted
/// nowhere. It ends in the year 2126.
enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUTHa4/f6h/fBkmUkvRe0c3wq6+e0wCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE1MjMzMloYDzIxMjYxMTAx
        MTUyMzMyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQQxB0Y6tdlF5gDJ8qYibwmbD8I0FCxEtaA6OWK8uV/mVZZpaOUvSxd
        Kq1RNBoVVSci08gsL2rTcybAGlCML00Qo28wbTAdBgNVHQ4EFgQU/iDzltJMb4WX
        p5ZW1ayoDos7QtwwHwYDVR0jBBgwFoAU/iDzltJMb4WXp5ZW1ayoDos7QtwwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIgC1EIYQo2OyOqKxOxuR54pGAnUPgwA3oCpExzhyfqebgCIQCX
        MIKS6rk5dzTTVGYpEBDaidbqA1SCiLQ4G5E1eR5nYQ==
        -----END CERTIFICATE-----
        """
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbai6qIkdlKEoF+R1
        Aui8g6d/uXmeGbExZTVhgT6FSYChRANCAAQQxB0Y6tdlF5gDJ8qYibwmbD8I0FCx
        EtaA6OWK8uV/mVZZpaOUvSxdKq1RNBoVVSci08gsL2rTcybAGlCML00Q
        -----END PRIVATE KEY-----
        """

    static func serverContext() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
    }
}
