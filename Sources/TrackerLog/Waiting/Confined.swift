/// A value that is accessed on one queue only. The compiler cannot check that; the owner must
/// ensure it.
struct Confined<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
