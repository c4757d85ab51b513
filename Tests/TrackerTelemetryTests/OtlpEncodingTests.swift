import Testing
import TrackerLog
import TrackerTelemetry
import TrackerTestSupport

@Suite("OTLP: JSON and protobuf")
struct OtlpEncodingTests {
    /// A request in both encodings.
    struct Export {
        var json: String
        var protobuf: [UInt8]
    }

    private static func export(_ random: inout SplitMix64) -> Export {
        var (json, wire): ([String], [[UInt8]]) = ([], [])
        for index in 0..<random.index(below: 6) {
            let (name, time) = (
                "m\(index)", at(random.index(below: 1_000)) &+ random.next() % 1_000
            )
            let value = Double(random.index(below: 1_000_000)) / 64
            let counts = (0..<3).map { _ in UInt64(random.index(below: 300)) }
            let list = counts.map { "\"\($0)\"" }.joined(separator: ",")
            let label = "v\(random.index(below: 3))"
            let times = #""startTimeUnixNano":"\#(at(1))","timeUnixNano":"\#(time)""#
            let labels = #""attributes":[\#(attribute("l", label))]"#
            let begin = Wire.fixed(2, at(1)) + Wire.fixed(3, time)
            let head = Wire.text(1, name) + Wire.text(3, "s")
            switch index % 4 {
            case 0:
                json.append(
                    #"""
                    {"name":"\#(name)","unit":"s","gauge":{"dataPoints":[{"asDouble":\#(value),\#(times),\#(labels)}]}}
                    """#
                )
                wire.append(
                    head
                        + Wire.message(
                            5,
                            Wire.message(
                                1, begin, Wire.double(4, value), Wire.attribute(7, "l", label))))
            case 1:
                let sum = "\"sum\":\(value)"
                json.append(
                    #"""
                    {"name":"\#(name)","unit":"s","histogram":{"aggregationTemporality":2,"dataPoints":[{\#(sum),"bucketCounts":[\#(list)],"explicitBounds":[0.5,2],\#(times),\#(labels)}]}}
                    """#
                )
                wire.append(
                    head
                        + Wire.message(
                            9,
                            Wire.message(
                                1, begin, Wire.double(5, value),
                                Wire.bytes(6, counts.flatMap(Wire.fixed)),
                                Wire.bytes(7, [0.5, 2].flatMap { Wire.fixed($0.bitPattern) }),
                                Wire.attribute(9, "l", label)), Wire.whole(2, 2)))
            case 2:
                let offset = random.index(below: 9) - 4
                json.append(
                    #"""
                    {"name":"\#(name)","unit":"s","exponentialHistogram":{"aggregationTemporality":1,"dataPoints":[{"scale":-1,"zeroCount":"2","positive":{"offset":\#(offset),"bucketCounts":[\#(list)]},"sum":\#(value),\#(times),\#(labels)}]}}
                    """#
                )
                wire.append(
                    head
                        + Wire.message(
                            10,
                            Wire.message(
                                1, begin, Wire.double(5, value), Wire.zigzag(6, -1),
                                Wire.fixed(7, 2),
                                Wire.message(
                                    8, Wire.zigzag(1, offset),
                                    Wire.bytes(2, counts.flatMap(Wire.varint))),
                                Wire.attribute(1, "l", label)), Wire.whole(2, 1)))
            default:
                json.append(
                    #"""
                    {"name":"\#(name)","unit":"s","summary":{"dataPoints":[{"quantileValues":[{"quantile":0.5,"value":\#(value)}],\#(times),\#(labels)}]}}
                    """#
                )
                wire.append(
                    head
                        + Wire.message(
                            11,
                            Wire.message(
                                1, begin,
                                Wire.message(6, Wire.double(1, 0.5), Wire.double(2, value)),
                                Wire.attribute(7, "l", label))))
            }
        }
        // Fields that are not known stand between those that are.
        let scope = wire.map { Wire.message(2, $0) + Wire.text(99, "x") + Wire.fixed(98, 1) }
        return Export(
            json:
                #"""
                {"resourceMetrics":[{"resource":{"attributes":[\#(attribute("service.name", "shop"))]},"scopeMetrics":[{"metrics":[\#(json.joined(separator: ","))]}]}]}
                """#,
            protobuf: Wire.message(
                1, Wire.message(1, Wire.attribute(1, "service.name", "shop")),
                Wire.bytes(2, scope.flatMap { $0 })))
    }

    @Test("the same request is the same events in both", arguments: [UInt64](1...40))
    func same(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var (text, binary) = (try Receiving(), try Receiving())
        for _ in 0..<4 {
            let export = Self.export(&random)
            let one = try text.send(export.json)
            let other = try binary.receiver.take(
                OtlpRequest(signal: .metrics, encoding: .protobuf, body: export.protobuf))
            binary.receiver.commit(other)
            #expect(one.lines == other.lines, "seed \(seed)")
            #expect(one.rejected == other.rejected)
            #expect(one.lines.allSatisfy { !$0.hasPrefix("no line") })
        }
    }

    @Test(
        "protobuf that is cut or changed is refused, or read without harm",
        arguments: [UInt64](1...3))
    func damage(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let body = Self.export(&random).protobuf + Self.export(&random).protobuf
        func take(_ bytes: [UInt8]) throws -> Bool {
            var receiving = try Receiving()
            do throws(OtlpRefusal) {
                let batch = try receiving.receiver.take(
                    OtlpRequest(signal: .metrics, encoding: .protobuf, body: bytes))
                #expect(batch.lines.allSatisfy { !$0.hasPrefix("no line") }, "seed \(seed)")
                return true
            } catch {
                #expect(!error.message.isEmpty)
                return false
            }
        }
        var refused = 0
        for count in 0..<body.count where try !take(Array(body.prefix(count))) { refused += 1 }
        #expect(refused >= body.count - 3, "seed \(seed): only whole messages are read")
        for _ in 0..<300 {
            var bytes = body
            bytes[random.index(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            _ = try take(bytes)
        }
    }

    @Test(
        "a body is refused with its reason",
        arguments: [
            ("{", "not valid JSON"), ("[]", "JSON object"),
            (#"{"resourceMetrics":"#, "not valid JSON"),
        ])
    func refusals(body: String, says: String) throws {
        var receiving = try Receiving()
        let error = #expect(throws: OtlpRefusal.self) { try receiving.take(body) }
        #expect(error?.message.contains(says) == true)
    }

    @Test("gzip and zstd are read; a bomb, a cut body and another method are refused")
    func compressed() throws {
        let body = Array(metrics(counter(5, start: 1, time: 10)).utf8)
        func take(_ bytes: [UInt8], _ compression: String?) throws -> Int {
            var receiving = try Receiving()
            return try receiving.receiver.take(
                OtlpRequest(
                    signal: .metrics, encoding: .json, body: bytes, compression: compression)
            ).samples.count
        }
        #expect(try take(SegmentBuilder.gzipMember(body), "gzip") == 1)
        #expect(try take(SegmentBuilder.frame(body), "zstd") == 1)
        let half = SegmentBuilder.frame(
            [UInt8](repeating: 0x20, count: TelemetryLimits.maxExportBytes / 2 + 1))
        let bomb = half + half
        #expect(bomb.count < 1 << 20)
        #expect(throws: OtlpRefusal.tooLong) { try take(bomb, "zstd") }
        #expect(throws: OtlpRefusal.self) {
            try take(SegmentBuilder.gzipMember(body).dropLast(9), "gzip")
        }
        #expect(throws: OtlpRefusal.self) { try take(body, "gzip") }
        #expect(throws: OtlpRefusal.self) { try take(body, "br") }
        // A member of nothing takes twenty bytes: there may be very many.
        let nothing = [[UInt8]](repeating: SegmentBuilder.gzipMember([]), count: 40_000)
        #expect(try take(nothing.flatMap { $0 }, "gzip") == 0)
    }

    @Test("answers are as the specification has them")
    func answers() {
        func json(_ rejected: Int, _ message: String?) -> String {
            String(
                decoding: OtlpAnswer.taken(
                    .metrics, rejected: rejected, message: message, encoding: .json),
                as: UTF8.self)
        }
        #expect(json(0, nil) == "{}")
        #expect(
            json(3, "no") == #"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no"}}"#)
        #expect(json(0, "w") == #"{"partialSuccess":{"errorMessage":"w"}}"#)
        #expect(
            OtlpAnswer.taken(.traces, rejected: 300, message: "no", encoding: .protobuf)
                == [0x0A, 7, 0x08, 0xAC, 0x02, 0x12, 2, 0x6E, 0x6F])
        #expect(OtlpAnswer.taken(.traces, rejected: 0, message: nil, encoding: .protobuf).isEmpty)
        #expect(
            String(
                decoding: OtlpAnswer.taken(.traces, rejected: 1, message: nil, encoding: .json),
                as: UTF8.self) == #"{"partialSuccess":{"rejectedSpans":"1"}}"#)
        #expect(OtlpAnswer.refused("no", encoding: .protobuf) == [0x12, 2, 0x6E, 0x6F])
        #expect(OtlpAnswer.refused("no", encoding: .json) == Array(#"{"message":"no"}"#.utf8))
    }
}
