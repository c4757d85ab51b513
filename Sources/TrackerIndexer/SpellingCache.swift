import TrackerLog

/// Remembers where samples of a known spelling go: the raw bytes of run, metric, labels and unit
/// are compared with those seen before, so that a line's texts are parsed once and then only
/// compared.
///
/// Bounded: when it is full it forgets everything and begins again.
@safe final class SpellingCache {
    /// Where samples go.
    struct Destination {
        /// Of the series, or of the overflow.
        var cell: Int32
        /// -1 when the timeline is left out.
        var timeline: Int32
        /// What the label `status` says, for lines that do not say it themselves.
        var statusSaysFailed: Bool
    }

    private struct Slot {
        /// 0 marks a free slot.
        var hash: UInt64
        var text: UInt32
        var metric: UInt32
        var run: UInt32
        var unit: UInt32
        var labels: UInt32
        var destination: Destination
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var mask = 255
    private var used = 0
    private var texts: UnsafeMutableRawPointer
    private var textCapacity = 64 << 10
    private var textCount = 0

    private static let free = Slot(
        hash: 0, text: 0, metric: 0, run: 0, unit: 0, labels: 0,
        destination: Destination(cell: 0, timeline: 0, statusSaysFailed: false))

    init() {
        unsafe slots = .allocate(capacity: 256)
        unsafe slots.initialize(repeating: Self.free, count: 256)
        unsafe texts = .allocate(byteCount: textCapacity, alignment: 16)
    }

    deinit {
        unsafe slots.deallocate()
        unsafe texts.deallocate()
    }

    func clear() {
        unsafe slots.update(repeating: Self.free, count: mask + 1)
        used = 0
        textCount = 0
    }

    /// - Parameter content: where the line's spans point into.
    @inline(__always)
    func find(_ line: ScannedLine, in content: UnsafeRawPointer) -> Destination? {
        let hash = unsafe Self.hash(line, content)
        var at = Int(truncatingIfNeeded: hash) & mask
        while unsafe slots[at].hash != 0 {
            if unsafe slots[at].hash == hash, unsafe matches(slots + at, line, content) {
                return unsafe slots[at].destination
            }
            at = (at + 1) & mask
        }
        return nil
    }

    func insert(_ line: ScannedLine, in content: UnsafeRawPointer, _ destination: Destination) {
        let length = Int(line.metric.count + line.run.count + line.unit.count + line.labels.count)
        if used >= IndexLimits.maxCachedSpellings
            || textCount + length > IndexLimits.maxCachedSpellingBytes
        {
            clear()
        }
        guard length <= IndexLimits.maxCachedSpellingBytes else { return }
        if used * 2 > mask { growSlots() }
        if textCount + length + LineScanner.padding > textCapacity { growTexts(by: length) }
        let slot = unsafe Slot(
            hash: Self.hash(line, content), text: UInt32(textCount), metric: line.metric.count,
            run: line.run.count, unit: line.unit.count, labels: line.labels.count,
            destination: destination)
        for span in [line.metric, line.run, line.unit, line.labels] {
            unsafe (texts + textCount).copyMemory(
                from: content + Int(span.offset), byteCount: Int(span.count))
            textCount += Int(span.count)
        }
        place(slot)
        used += 1
    }

    private func place(_ slot: Slot) {
        var at = Int(truncatingIfNeeded: slot.hash) & mask
        while unsafe slots[at].hash != 0 { at = (at + 1) & mask }
        unsafe slots[at] = slot
    }

    private func growSlots() {
        let old = unsafe slots
        let oldCount = mask + 1
        unsafe slots = .allocate(capacity: oldCount * 2)
        unsafe slots.initialize(repeating: Self.free, count: oldCount * 2)
        mask = oldCount * 2 - 1
        for index in 0..<oldCount where unsafe old[index].hash != 0 { unsafe place(old[index]) }
        unsafe old.deallocate()
    }

    private func growTexts(by length: Int) {
        let capacity = max(textCapacity * 2, textCount + length + LineScanner.padding)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        unsafe larger.copyMemory(from: texts, byteCount: textCount)
        unsafe texts.deallocate()
        unsafe texts = unsafe larger
        textCapacity = capacity
    }

    @inline(__always)
    private func matches(
        _ slot: UnsafePointer<Slot>, _ line: ScannedLine, _ content: UnsafeRawPointer
    ) -> Bool {
        guard unsafe slot.pointee.metric == line.metric.count,
            unsafe slot.pointee.run == line.run.count,
            unsafe slot.pointee.unit == line.unit.count,
            unsafe slot.pointee.labels == line.labels.count
        else { return false }
        let text = unsafe UnsafeRawPointer(texts) + Int(slot.pointee.text)
        let run = unsafe text + Int(line.metric.count)
        let unit = unsafe run + Int(line.run.count)
        let labels = unsafe unit + Int(line.unit.count)
        return unsafe Self.sameBytes(labels, line.labels, content)
            && Self.sameBytes(text, line.metric, content)
            && Self.sameBytes(run, line.run, content) && Self.sameBytes(unit, line.unit, content)
    }

    /// Compares eight bytes at a time; both sides have `LineScanner.padding` readable bytes behind.
    @inline(__always)
    private static func sameBytes(
        _ a: UnsafeRawPointer, _ span: ByteSpan, _ content: UnsafeRawPointer
    ) -> Bool {
        let b = unsafe content + Int(span.offset)
        let count = Int(span.count)
        var at = 0
        while at + 8 <= count {
            if unsafe word(a + at) != word(b + at) { return false }
            at += 8
        }
        guard at < count else { return true }
        let kept = UInt64.max >> UInt64((8 - (count - at)) * 8)
        return unsafe (word(a + at) ^ word(b + at)) & kept == 0
    }

    @inline(__always)
    private static func hash(_ line: ScannedLine, _ content: UnsafeRawPointer) -> UInt64 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        hash = unsafe add(line.metric, content, to: hash)
        hash = unsafe add(line.run, content, to: hash)
        hash = unsafe add(line.unit, content, to: hash)
        return unsafe add(line.labels, content, to: hash) | 1
    }

    @inline(__always)
    private static func add(
        _ span: ByteSpan, _ content: UnsafeRawPointer, to start: UInt64
    ) -> UInt64 {
        let count = Int(span.count)
        let bytes = unsafe content + Int(span.offset)
        var hash = mix(start, UInt64(count))
        var at = 0
        while at + 8 <= count {
            hash = unsafe mix(hash, word(bytes + at))
            at += 8
        }
        guard at < count else { return hash }
        return unsafe mix(hash, word(bytes + at) & UInt64.max >> UInt64((8 - (count - at)) * 8))
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }

    @inline(__always)
    private static func word(_ address: UnsafeRawPointer) -> UInt64 {
        unsafe address.loadUnaligned(as: UInt64.self)
    }
}
