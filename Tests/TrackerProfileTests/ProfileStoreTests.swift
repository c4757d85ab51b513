import Testing
import TrackerLog
import TrackerProfile
import TrackerTestSupport

@Suite("Profiles beside the log") struct ProfileStoreTests {
    @Test("A file is stored once, under the hash of its bytes, and comes back as it was")
    func roundTrip() throws {
        let storage = MemoryStorage()
        let store = ProfileStore(in: storage)
        var dice = SeededGenerator(seed: 7)
        // More than a frame takes, and not to be made smaller.
        let noise = (0..<9 << 20).map { _ in UInt8.random(in: 0...255, using: &dice) }
        for file in [[], Array("a;b 1\n".utf8), noise] {
            let hash = try store.put(file)
            #expect(hash.text == SHA256.hexDigest(of: file))
            #expect(try store.bytes(of: hash) == file)
            #expect(try store.put(file) == hash)
        }
        #expect(try storage.list(StoragePath("profiles")).count == 3)
    }

    @Test("A damaged file is named, and stored again by the next attach")
    func damaged() throws {
        let storage = MemoryStorage()
        let store = ProfileStore(in: storage)
        let file = Array("a;b 1\n".utf8)
        let hash = try store.put(file)
        let path = ProfileStore.path(of: hash)
        try storage.replace(path, with: try FrameEncoder().frame(of: Array("a;b 2\n".utf8)))
        do {
            _ = try store.bytes(of: hash)
            Issue.record("a file with another content was taken")
        } catch {
            #expect("\(error)".contains("\(path)"), "\(error)")
        }
        #expect(try store.put(file) == hash)
        #expect(try store.bytes(of: hash) == file)
    }

    @Test("Only 64 hex digits in lower case are a hash")
    func hashes() {
        #expect(ProfileHash(String(repeating: "a", count: 64)) != nil)
        for text in [
            "", "a", String(repeating: "A", count: 64), String(repeating: "g", count: 64),
            String(repeating: "a", count: 65), "../" + String(repeating: "a", count: 61),
        ] { #expect(ProfileHash(text) == nil, "\(text)") }
    }
}
