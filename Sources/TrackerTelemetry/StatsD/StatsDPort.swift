import Dispatch
import Glibc
import Synchronization
import TrackerImport
import TrackerLog

/// A UDP port on the loopback addresses that takes StatsD metrics.
///
/// One thread of its own reads datagrams and hands on what an interval gathered. No event loop
/// waits for it, and a sender never does: what is too fast is discarded by the system, and counted.
package final class StatsDPort: Sendable {
    package typealias Deliver = @Sendable (StatsDInterval) -> Delivery

    /// What became of the events of an interval.
    package struct Delivery: Sendable {
        /// Values that the log did not take.
        package var refused: Int
        /// Whether their run is over: the series of the next one are new.
        package var endsRun: Bool

        package init(refused: Int, endsRun: Bool) {
            self.refused = refused
            self.endsRun = endsRun
        }
    }

    package let port: Int
    /// For example `["127.0.0.1", "[::1]"]`.
    package let addresses: [String]
    private let sockets: [Int32]
    /// Read end and write end of a pipe that wakes the thread to end it.
    private let wake: PipeEnds
    private let queue = DispatchQueue(label: "tracker.statsd")
    private let published = Mutex(StatsDCounts())
    private let isStopping = Atomic(false)

    /// - Parameter port: 0 chooses a free one.
    package init(port wanted: Int) throws(TelemetryError) {
        let first = try LoopbackSocket.open(.v4, port: wanted)
        let port = LoopbackSocket.port(of: first)
        var (sockets, addresses) = ([first], ["127.0.0.1"])
        do throws(TelemetryError) {
            sockets.append(try LoopbackSocket.open(.v6, port: port))
            addresses.append("[::1]")
        } catch {
            // A machine without IPv6 has no such address; a port that is taken there is an error.
            guard case .listen(_, let code) = error, LoopbackSocket.isMissing(code) else {
                close(first)
                throw error
            }
        }
        guard let ends = PipeEnds() else {
            let code = errno
            for socket in sockets { close(socket) }
            throw .listen(address: "127.0.0.1:\(port)", code: code)
        }
        self.port = port
        self.addresses = addresses
        self.sockets = sockets
        wake = ends
    }

    deinit {
        for socket in sockets { close(socket) }
        wake.closeBoth()
    }

    /// Since the port was opened, as of the last interval.
    package var counts: StatsDCounts { published.withLock(\.self) }

    /// Begins to read.
    /// - Parameter deliver: called after each interval, on the port's thread, also when nothing
    ///   was received.
    package func start(deliver: @escaping Deliver) {
        queue.async { [self] in read(deliver) }
    }

    /// Reads what has arrived, hands it on, and returns when that is done.
    package func stop() {
        isStopping.store(true, ordering: .relaxed)
        unsafe withUnsafeBytes(of: UInt8(1)) { _ = unsafe write(wake.write, $0.baseAddress, 1) }
        queue.sync {}
    }

    private func read(_ deliver: Deliver) {
        var aggregation = StatsDAggregation()
        var buffer = [UInt8](repeating: 0, count: TelemetryLimits.datagramBytes)
        var (begin, start) = (Timestamp.now, ContinuousClock.now)
        while true {
            let isLast = isStopping.load(ordering: .relaxed)
            let due = start.advanced(by: TelemetryLimits.statsdInterval)
            if !isLast { wait(until: due) }
            for socket in sockets { receive(socket, &buffer, into: &aggregation) }
            let now = ContinuousClock.now
            guard isLast || now >= due else { continue }
            aggregation.noteDrops(drops)
            let interval = aggregation.takeInterval(
                from: begin, lastingMs: (now - start) / .milliseconds(1))
            let delivery = deliver(interval)
            aggregation.refuse(recorded: delivery.refused)
            if delivery.endsRun { aggregation.forgetSeries() }
            published.withLock { $0 = aggregation.counts }
            (begin, start) = (.now, now)
            if isLast { return }
        }
    }

    private func wait(until due: ContinuousClock.Instant) {
        let left = (due - ContinuousClock.now) / .milliseconds(1)
        var descriptors = (sockets + [wake.read]).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        let milliseconds = Int32(max(0, min(left.rounded(.up), 60_000)))
        _ = unsafe poll(&descriptors, nfds_t(descriptors.count), milliseconds)
    }

    private func receive(
        _ socket: Int32, _ buffer: inout [UInt8], into aggregation: inout StatsDAggregation
    ) {
        for _ in 0..<TelemetryLimits.datagramsPerTurn {
            let isMore = unsafe buffer.withUnsafeMutableBytes { bytes in
                let count = unsafe recv(
                    socket, bytes.baseAddress, bytes.count, 0)
                // An error of a socket that only receives is of an earlier answer, or a signal.
                guard count >= 0 else { return errno != EAGAIN }
                let datagram = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<count])
                unsafe aggregation.take(ByteView(datagram))
                return true
            }
            if !isMore { return }
        }
    }

    private var drops: Int? {
        ["/proc/net/udp", "/proc/net/udp6"].reduce(nil as Int?) { total, path in
            guard let table = SystemTable.read(path),
                let count = ReceiveDrops.count(in: table, port: port)
            else { return total }
            return (total ?? 0).plus(count)
        }
    }
}
