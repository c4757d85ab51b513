/// Certificates of an authority made for these tests only, and trusted nowhere. They have one key,
/// and end in the year 2126, but for the one that has ended.
enum TestCertificate: String, CaseIterable {
    /// For localhost and 127.0.0.1.
    case good
    /// For the same, until February 2026.
    case expired
    /// For other.example and 127.0.0.9.
    case other

    var pem: String {
        switch self {
        case .good: Self.goodPEM
        case .expired: Self.expiredPEM
        case .other: Self.otherPEM
        }
    }

    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBijCCATCgAwIBAgIUEj3b5vfL9kXXEz9hYaiyIMLh9uIwCgYIKoZIzj0EAwIw
        KjEoMCYGA1UEAwwfVGVzdCBhdXRob3JpdHkgb2YgTG9jYWwgVHJhY2tlcjAgFw0y
        NjAxMDEwMDAwMDBaGA8yMTI2MDEwMTAwMDAwMFowKjEoMCYGA1UEAwwfVGVzdCBh
        dXRob3JpdHkgb2YgTG9jYWwgVHJhY2tlcjBZMBMGByqGSM49AgEGCCqGSM49AwEH
        A0IABDmTCFxgoyFCEsaC3Q44ohvUnG9fWUPbnwcdkc850Pg4xsQN40GkODaeC5Wa
        kyBGCQ5bPGHT2h8wffJlAnteVjajMjAwMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0O
        BBYEFCTIQoFdBYo5xcdQmG7G8x4F3FHnMAoGCCqGSM49BAMCA0gAMEUCIQComGKp
        t++P2gRguAzXPIZcnxK67dl3Z7+zOlU0GOgbAAIgKqjlEJOIPUEv3VwgzQfVDzwh
        ig3RIjH+YYJmZI8kGxU=
        -----END CERTIFICATE-----
        """
    private static let goodPEM = """
        -----BEGIN CERTIFICATE-----
        MIIBbjCCARSgAwIBAgIUcbh+M8JvEhCdRZtP31nGMWwpWHkwCgYIKoZIzj0EAwIw
        KjEoMCYGA1UEAwwfVGVzdCBhdXRob3JpdHkgb2YgTG9jYWwgVHJhY2tlcjAgFw0y
        NjAxMDEwMDAwMDBaGA8yMTI2MDEwMTAwMDAwMFowFDESMBAGA1UEAwwJbG9jYWxo
        b3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZPaGdfGZSyaVUDjw/YZzFiJ7
        Z1tn/q2oM6ON2Nx/zgGm4PzzL2A4kB2ZvINx2aDWzNr51DQVy+pVv7AuEFkuQaMs
        MCowDAYDVR0TAQH/BAIwADAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYI
        KoZIzj0EAwIDSAAwRQIhAO9iqi3osZjreCeX0A/CA+rz7GMtjUu16N9D1NVdFH0U
        AiAzc69zbfxZQYSWtvvh4gsxKK2maQ6ajnrtHkTrEZncPQ==
        -----END CERTIFICATE-----
        """
    private static let expiredPEM = """
        -----BEGIN CERTIFICATE-----
        MIIBbTCCARKgAwIBAgIUZIGxcoDxGhG7vFZm8xnE+0iT8e8wCgYIKoZIzj0EAwIw
        KjEoMCYGA1UEAwwfVGVzdCBhdXRob3JpdHkgb2YgTG9jYWwgVHJhY2tlcjAeFw0y
        NjAxMDEwMDAwMDBaFw0yNjAyMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxvY2FsaG9z
        dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGT2hnXxmUsmlVA48P2GcxYie2db
        Z/6tqDOjjdjcf84BpuD88y9gOJAdmbyDcdmg1sza+dQ0FcvqVb+wLhBZLkGjLDAq
        MAwGA1UdEwEB/wQCMAAwGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMAoGCCqG
        SM49BAMCA0kAMEYCIQCcm2CafHwaiCoA0CS/0afb7frRwg1CGFUXGk6/DP5hCQIh
        AMm6ZHHjTPNjKN9OmiRX2/SgeSxTEOJ5oa+jAIOv33A/
        -----END CERTIFICATE-----
        """
    private static let otherPEM = """
        -----BEGIN CERTIFICATE-----
        MIIBdjCCARygAwIBAgIUKRe94i/CXl/cCvS58LIK27rV/tUwCgYIKoZIzj0EAwIw
        KjEoMCYGA1UEAwwfVGVzdCBhdXRob3JpdHkgb2YgTG9jYWwgVHJhY2tlcjAgFw0y
        NjAxMDEwMDAwMDBaGA8yMTI2MDEwMTAwMDAwMFowGDEWMBQGA1UEAwwNb3RoZXIu
        ZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGT2hnXxmUsmlVA48P2G
        cxYie2dbZ/6tqDOjjdjcf84BpuD88y9gOJAdmbyDcdmg1sza+dQ0FcvqVb+wLhBZ
        LkGjMDAuMAwGA1UdEwEB/wQCMAAwHgYDVR0RBBcwFYINb3RoZXIuZXhhbXBsZYcE
        fwAACTAKBggqhkjOPQQDAgNIADBFAiB+m8HgkR80DMLmqOpzoeNQ9BVlntv9MR8r
        +xBeavAw0gIhAI5q/OeqLT20nIc+QE9pPieHdllaXPJLxyF+9hMNJRjg
        -----END CERTIFICATE-----
        """
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMtVayZGmjdVoiqtZ
        agSCj1+vr92K9/n1cIJcRwhE5gihRANCAARk9oZ18ZlLJpVQOPD9hnMWIntnW2f+
        ragzo43Y3H/OAabg/PMvYDiQHZm8g3HZoNbM2vnUNBXL6lW/sC4QWS5B
        -----END PRIVATE KEY-----
        """
}
