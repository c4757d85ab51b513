package import TrackerLog

extension JSONValue {
    /// Where it is no message of OTLP in JSON, first of all; `nil` if it is one. Members that are
    /// not read may have any value, and one that is `null` is missing.
    package func misfit(as type: OtlpType) -> OtlpMisfit? {
        guard objectValue != nil else { return OtlpMisfit("must be an object") }
        for field in OtlpSchema.fields(of: type) {
            let name = field.key.rawValue
            guard let value = self[name], value != .null else { continue }
            guard field.isList else {
                if let misfit = value.misfit(of: field) { return misfit.within(name) }
                continue
            }
            guard let elements = value.arrayValue else {
                return OtlpMisfit("must be a list").within(name)
            }
            for (index, element) in elements.enumerated() {
                if let misfit = element.misfit(of: field) {
                    return misfit.within("\(name)[\(index)]")
                }
            }
        }
        let given = type.alternatives.filter { self[$0.rawValue].map { $0 != .null } ?? false }
        guard given.count > 1 else { return nil }
        let names = given.map(\.rawValue).joined(separator: " and ")
        return OtlpMisfit("has \(names), and may have one of them")
    }

    private func misfit(of field: OtlpField) -> OtlpMisfit? {
        switch field.kind {
        case .message(let type): return misfit(as: type)
        case .text, .bytes: return stringValue == nil ? OtlpMisfit("must be a text") : nil
        case .varint where field.isFlag:
            return boolValue == nil ? OtlpMisfit("must be true or false") : nil
        case .varint where field.isEnumeration && stringValue?.isEmpty == false: return nil
        case .varint, .zigzag, .signedFixed:
            return wholeNumber == nil ? OtlpMisfit("must be a whole number") : nil
        case .fixed, .manyFixed, .manyVarints:
            return OtlpMessage.count(self) == nil
                ? OtlpMisfit("must be a whole number of 64 bits that is not negative") : nil
        case .double, .manyDoubles:
            let isNumber =
                number != nil || ["NaN", "Infinity", "-Infinity"].contains(stringValue ?? "")
            return isNumber ? nil : OtlpMisfit("must be a number")
        }
    }
}

extension OtlpType {
    /// Fields of which a message has one: the others would be passed over.
    fileprivate var alternatives: [OtlpKey] {
        switch self {
        case .metric: [.gauge, .sum, .histogram, .exponentialHistogram, .summary]
        case .numberPoint: [.asDouble, .asInt]
        case .anyValue: [.stringValue, .boolValue, .intValue, .doubleValue]
        default: []
        }
    }
}

extension OtlpField {
    /// Whether JSON has a list of them.
    fileprivate var isList: Bool {
        switch key {
        case .resourceMetrics, .resourceSpans, .scopeMetrics, .scopeSpans, .metrics, .spans,
            .attributes, .dataPoints, .quantileValues, .bucketCounts, .explicitBounds:
            true
        default: false
        }
    }

    fileprivate var isFlag: Bool { key == .boolValue || key == .isMonotonic }

    /// JSON may have its name as well.
    fileprivate var isEnumeration: Bool {
        key == .aggregationTemporality || key == .kind || key == .code
    }
}
