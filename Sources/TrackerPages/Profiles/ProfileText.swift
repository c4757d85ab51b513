import TrackerProfile

/// Profiles in words.
enum ProfileText {
    /// What the tree counts: `41,204 samples`, `12.3 s`.
    static func amount(_ value: Double, _ unit: CallTree.Unit) -> String {
        switch unit {
        case .samples: samples(value)
        case .nanoseconds: NumberText.quantity(value / 1e6, unit: "ms")
        case .bytes: NumberText.quantity(value, unit: "B")
        case .other(let name): "\(NumberText.value(value)) \(name)"
        }
    }

    static func samples(_ value: Double) -> String {
        let count = Int(exactly: value.rounded()) ?? .max
        return "\(NumberText.count(count)) \(count == 1 ? "sample" : "samples")"
    }

    /// A share in percent, with its sign where it is a difference.
    static func share(_ share: Double) -> String { "\(NumberText.value(100 * share)) %" }

    static func difference(_ share: Double) -> String {
        (share > 0 ? "+" : "") + "\(NumberText.value(100 * share)) points"
    }

    /// What the page says first.
    static func sentence(_ model: ProfileModel) -> String {
        switch model.content {
        case .one(let profile):
            let own = profile.tree.ownByFunction
            let most = own.indices.max { own[$0] < own[$1] } ?? 0
            let part = share(own[most] / profile.tree.total)
            return "\(amount(profile.tree.total, profile.tree.unit)). Most was in"
                + " \(profile.tree.functions[most]) itself: \(part)."
        case .two(let pair, _, _):
            guard let most = pair.change.indices.max(by: { pair.change[$0] < pair.change[$1] }),
                pair.change[most] > 0
            else {
                return pair.change.contains { $0 < 0 }
                    ? "No function itself takes a larger share than before; some take a"
                        + " smaller one."
                    : "Chance explains every difference: no function itself takes a larger or"
                        + " smaller share than before."
            }
            let own = pair.ownByFunction[most]
            return "\(pair.functions[most]) itself takes \(share(own.after)), and took"
                + " \(share(own.before)) before: the largest gain."
        }
    }

    /// The text of a frame's title.
    static func title(_ model: ProfileModel, _ node: Int) -> String {
        let name = model.functionName(of: node)
        switch model.content {
        case .one(let profile):
            let (tree, found) = (profile.tree, profile.tree.nodes[node])
            return "\(name)\n\(share(found.total / tree.total)) of all,"
                + " \(amount(found.total, tree.unit)); \(share(found.own / tree.total)) itself"
        case .two(let pair, _, _):
            let (found, own) = (pair.nodes[node], pair.ownByFunction[pair.nodes[node].function])
            return "\(name)\n\(share(found.total.after)) of all, before"
                + " \(share(found.total.before)); the function itself everywhere:"
                + " \(share(own.after)), before \(share(own.before))"
        }
    }
}
