import Testing
import TrackerLog

@Suite("Scanning plain samples")
struct ScannerSmokeTests {
    @Test("the usual spelling is read without the full parser")
    func usual() throws {
        let text = #"{"ts":1763899200000.620,"metric":"http.latency_ms","value":12.345,"run":"run-0","labels":{"route":"/api/items/{id}","status":"200"}}"# + "\n"
        let padded = Array((text + text).utf8) + [UInt8](repeating: 0, count: LineScanner.padding)
        var offset = 0
        var lines = [ScannedLine](repeating: ScannedLine(), count: 4)
        let count = unsafe padded.withUnsafeBytes { bytes in
            unsafe lines.withUnsafeMutableBufferPointer { output in
                unsafe LineScanner().scan(
                    UnsafeRawBufferPointer(rebasing: bytes[..<(text.utf8.count * 2)]), from: &offset,
                    into: output)
            }
        }
        #expect(count == 2)
        #expect(lines[0].kind == .sample)
        #expect(lines[1].kind == .sample)
        #expect(lines[0].value == 12.345)
    }
}
