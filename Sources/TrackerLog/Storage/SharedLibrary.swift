import Glibc

/// A library of the system, opened when it is needed: the program starts without it. It is never
/// closed.
@safe package struct SharedLibrary: @unchecked Sendable {
    // A handle that never changes: any thread may use it.
    private let handle: UnsafeMutableRawPointer
    private let name: String

    /// Why it cannot be used, in the words of the system.
    package struct Failure: Error, Sendable, Hashable {
        package let reason: String
    }

    /// - Parameter names: the first that can be opened is taken.
    package init(names: [String]) throws(Failure) {
        var reason: String?
        for name in names {
            if let handle = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL) {
                unsafe self.handle = unsafe handle
                self.name = name
                return
            }
            // The name tried first is the one to install.
            if reason == nil, let text = unsafe dlerror() { reason = unsafe String(cString: text) }
        }
        throw Failure(reason: reason ?? "no library is named")
    }

    /// - Parameter name: of a function with this type, here or in what the library itself needs.
    package func function<Function>(_ name: String) throws(Failure) -> Function {
        guard let symbol = unsafe dlsym(handle, name) else {
            throw Failure(reason: "\(self.name) has no \(name)")
        }
        return unsafe unsafeBitCast(symbol, to: Function.self)
    }
}
