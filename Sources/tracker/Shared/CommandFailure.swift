/// Why a command failed. Printed after `error: `; the exit status is 2.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
