import Glibc
import TrackerLog

extension MemoryTree {
    mutating func move(_ from: StoragePath, to: StoragePath) throws(StorageError) {
        for path in [from, to] { try MemoryTree.check(path.name, path, .rename) }
        let source = try directory(from.parent, .rename)
        let target = try directory(to.parent, .rename)
        guard let inode = try lookUp(from, .rename) else {
            throw StorageError(operation: .rename, path: from.description, code: ENOENT)
        }
        guard try lookUp(to, .rename) == nil else {
            throw StorageError(operation: .rename, path: to.description, code: EEXIST)
        }
        directories[source]?.names[from.name] = nil
        directories[target]?.names[to.name] = inode
        guard source != target else { return }
        moves.append(Move(source: (source, from.name), target: (target, to.name), inode: inode))
    }

    /// A sync of one of its directories settles a move in both.
    mutating func settleMoves(of directory: Inode) {
        for move in moves
        where move.source.directory == directory || move.target.directory == directory {
            settle(move)
        }
        moves.removeAll { $0.source.directory == directory || $0.target.directory == directory }
    }

    private mutating func settle(_ move: Move) {
        for (directory, name) in [move.source, move.target] {
            let inode = directories[directory]?.names[name]
            directories[directory]?.durableNames[name] = inode
        }
    }

    /// Each move that no sync covers has happened or not, as the seed says; a file's new name may
    /// be there before its old one is gone.
    func decidingMoves(using generator: inout SeededGenerator) -> MemoryTree {
        var decided = self
        for move in moves.reversed() {
            let isFile = files[move.inode] != nil
            switch Int.random(in: 0..<(isFile ? 3 : 2), using: &generator) {
            case 0: decided.settle(move)
            case 1: decided.undo(move)
            default:
                decided.undo(move)
                decided.directories[move.target.directory]?.names[move.target.name] = move.inode
                decided.directories[move.target.directory]?.durableNames[move.target.name] =
                    move.inode
            }
        }
        return decided
    }

    private mutating func undo(_ move: Move) {
        let durable = directories[move.source.directory]?.durableNames[move.source.name]
        directories[move.source.directory]?.names[move.source.name] = durable
        directories[move.target.directory]?.names[move.target.name] = nil
        directories[move.target.directory]?.durableNames[move.target.name] = nil
    }
}
