import TrackerLog

extension SessionState {
    /// What is left out of runs and edits, and what decides it. Most sessions have all of it.
    func unkeptColumns<Coder: StateCoder>(_ coder: inout Coder) throws(ColumnError) {
        let runs = runs.facts.filter { !$0.value.isWhole }.sorted { $0.key < $1.key }
        var rank = self.runs.firstShortRank
        try coder.optionalRow(
            "short_runs", .named, rank != nil || !runs.isEmpty
        ) { coder throws(ColumnError) in
            try coder.unsigned("first", &rank)
            self.runs.restore(firstShortRank: rank)
            try coder.rows("runs", count: runs.count) { coder, at throws(ColumnError) in
                let known = at < runs.count ? runs[at] : nil
                var name = known?.key.text ?? ""
                var (start, end) = (Unkept(known?.value.start), Unkept(known?.value.end))
                start.most = known?.value.startBytes ?? 0
                end.most = known?.value.endBytes ?? 0
                try coder.text("run", &name)
                try start.columns("start", &coder)
                try end.columns("end", &coder)
                guard known == nil else { return }
                let isKnown = self.runs.restore(ExactText(name)) { facts in
                    facts.restore(startBytes: start.most, endBytes: end.most)
                    facts.restore(start: start.short, end: end.short)
                }
                try coder.check("run", isKnown, "is that of no run")
            }
        }
        var (unkept, time) = (editTable.unkept, editTable.lastExcluded)
        try coder.optionalRow(
            "left_edits", .named, !editTable.isWhole
        ) { coder throws(ColumnError) in
            try coder.count("count", &unkept)
            try coder.time("through_ms", &time)
            editTable.restore(unkept: unkept, lastExcluded: time)
        }
    }
}

/// What is left out of a start or an end.
private struct Unkept {
    var unkept = UnkeptDetails()
    var wholeHash: UInt64?
    /// See `RunFacts.startBytes`.
    var most = 0

    init<Value>(_ kept: KeptEvent<Value>?) {
        guard let kept else { return }
        unkept = kept.unkept
        wholeHash = kept.wholeHash
    }

    var short: (UnkeptDetails, wholeHash: UInt64)? { wholeHash.map { (unkept, $0) } }

    mutating func columns<Coder: StateCoder>(
        _ name: String, _ coder: inout Coder
    ) throws(ColumnError) {
        try coder.count("\(name)_most", &most)
        try coder.count("\(name)_values", &unkept.values)
        try coder.count("\(name)_bytes", &unkept.bytes)
        try coder.unsigned("\(name)_hash", &wholeHash)
    }
}
