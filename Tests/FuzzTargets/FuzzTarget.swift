/// What is fuzzed: functions that take any bytes, and must neither trap nor break their promise.
///
/// The program of `Fuzz/` feeds them what libFuzzer finds; a test replays the inputs of
/// `Fuzz/corpus` in every run.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// A segment: frames, damage, lines; read in one go and in steps.
    case frames
    /// The header line of a frame.
    case header
    /// Lines of events, by the scanner and by the parser.
    case line
    /// A snapshot's text.
    case snapshot
    /// The rows of a catalogue.
    case catalog
    /// The body of `POST /api/track`.
    case body
    /// The body of `POST /api/events`.
    case lines
    /// A request's target and its `Host`.
    case request
    /// A file of a load tool.
    case `import`
    /// An export of OpenTelemetry.
    case otlp
    /// A datagram of StatsD.
    case statsd
    /// The words of a filter of the list.
    case filter
    /// The file of claims.
    case claims
    /// A profile, of any format.
    case profile

    /// - Returns: the promise that the input breaks, in words; `nil` as long as all is well.
    package func complaint(about input: [UInt8]) -> String? {
        switch self {
        case .frames: FramesTarget.complaint(about: input)
        case .header: HeaderTarget.complaint(about: input)
        case .line: LineTarget.complaint(about: input)
        case .snapshot: SnapshotTarget.complaint(about: input)
        case .catalog: CatalogTarget.complaint(about: input)
        case .body: BodyTarget.complaint(about: input)
        case .lines: LinesTarget.complaintOrError(about: input)
        case .request: RequestTarget.complaint(about: input)
        case .import: ImportTarget.complaint(about: input)
        case .otlp: OtlpTarget.complaint(about: input)
        case .statsd: StatsDTarget.complaint(about: input)
        case .filter: FilterTarget.complaint(about: input)
        case .claims: ClaimsTarget.complaint(about: input)
        case .profile: ProfileTarget.complaint(about: input)
        }
    }

    /// Inputs to begin with that are made, because they change with the program.
    package func seeds() throws -> [[UInt8]] {
        switch self {
        case .snapshot: try SnapshotTarget.seeds()
        case .catalog: try CatalogTarget.seeds()
        case .otlp: OtlpTarget.seeds()
        case .statsd: StatsDTarget.seeds()
        case .filter: FilterTarget.seeds()
        case .claims: ClaimsTarget.seeds()
        case .profile: ProfileTarget.seeds()
        default: []
        }
    }

    /// Longer inputs find nothing that shorter ones do not, and are slow.
    package var maxInputBytes: Int {
        switch self {
        case .frames, .snapshot: 16 << 10
        case .body, .import, .lines, .otlp, .profile: 8 << 10
        case .header, .line, .catalog, .request, .statsd, .filter, .claims: 4 << 10
        }
    }
}
