/// What programs tell of themselves.
enum ExpositionFormats {
    static let all: [AnyFormat] = [
        .refused(GhzPrometheus.self), .refused(OtlpOtherLines.self),
        .lines(OtlpLines.self), .lines(PrometheusText.self),
        .document(OtlpOtherDocument.self), .document(OtlpDocument.self),
    ]
}
