import Glibc

/// The values of `errno` that callers handle specially.
public enum ErrorCode {
    public static let notFound = ENOENT
    public static let exists = EEXIST
    public static let noSpace = ENOSPC
    public static let fileTooLarge = EFBIG
    public static let notPermitted = EACCES
    package static let inputOutput = EIO
    package static let invalid = EINVAL
    package static let isDirectory = EISDIR
    /// A symbolic link where none is followed.
    package static let isLink = ELOOP
    /// A socket that was opened as a file.
    package static let noDevice = ENXIO
}
