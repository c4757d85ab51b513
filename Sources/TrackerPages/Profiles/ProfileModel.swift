package import TrackerIndexer
package import TrackerLog
package import TrackerProfile

/// A profile of a session, alone or compared with another one.
package struct ProfileModel: Sendable {
    /// A profile that is attached to the session.
    package struct Attached: Sendable {
        package let hash: ProfileHash
        package let edit: Edit

        package init?(_ edit: Edit) {
            guard edit.kind == .profile, let hash = edit.profile.flatMap(ProfileHash.init) else {
                return nil
            }
            self.hash = hash
            self.edit = edit
        }

        /// Its text, and the run that it is of.
        package var name: String { edit.text + (edit.run.map { ", run \($0)" } ?? "") }
    }

    package enum Content: Sendable {
        case one(KnownProfile)
        case two(TreePair, before: KnownProfile, after: KnownProfile)
    }

    let summary: SessionSummary
    let shown: Attached
    /// The other profiles of the session.
    let others: [Attached]
    let query: ProfileQuery
    let content: Content
    let flame: FlameLayout

    package init(
        _ summary: SessionSummary, _ shown: Attached, _ query: ProfileQuery, _ content: Content
    ) {
        self.summary = summary
        self.shown = shown
        self.query = query
        self.content = content
        others = Self.attached(summary).filter { $0.hash != shown.hash }
        flame =
            switch content {
            case .one(let profile): profile.tree.flame(showing: query.node)
            case .two(let pair, _, _):
                pair.flame(showing: query.node, widths: query.isSwapped ? .before : .after)
            }
    }

    /// Those in force, each once, in the order in which they were attached.
    package static func attached(_ summary: SessionSummary) -> [Attached] {
        var seen: Set<ProfileHash> = []
        return summary.edits.compactMap(Attached.init).filter { seen.insert($0.hash).inserted }
    }

    /// The name of the profile before; that of the hash where the session does not have it.
    var nameBefore: String? {
        query.with.map { with in
            others.first { $0.hash == with }?.name ?? "\(with.text.prefix(12))…"
        }
    }

    func functionName(of node: Int) -> String {
        switch content {
        case .one(let profile): profile.tree.functions[profile.tree.nodes[node].function]
        case .two(let pair, _, _): pair.functions[pair.nodes[node].function]
        }
    }

    /// The frames that the shown one called, the largest first.
    var callees: [Int] {
        let node = flame.path.last ?? 0
        let children =
            switch content {
            case .one(let profile): profile.tree.children[node]
            case .two(let pair, _, _): pair.children[node]
            }
        return children.sorted { size($0) > size($1) }
    }

    /// The share of the whole, of the profile whose widths are shown.
    func size(_ node: Int) -> Double {
        switch content {
        case .one(let profile): profile.tree.nodes[node].total / profile.tree.total
        case .two(let pair, _, _):
            query.isSwapped ? pair.nodes[node].total.before : pair.nodes[node].total.after
        }
    }

    /// How a frame is coloured: what its function itself gained or lost, beyond chance.
    func change(_ node: Int) -> Double {
        guard case .two(let pair, _, _) = content else { return 0 }
        let change = pair.change[pair.nodes[node].function]
        return query.isSwapped ? -change : change
    }
}
