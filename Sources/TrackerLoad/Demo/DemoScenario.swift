/// The scenario of `tracker demo`: a service before and after an improvement.
package struct DemoScenario: Sendable {
    /// One run of the demo.
    package struct Step: Sendable {
        package var behaviour: DemoBehaviour
        /// A note as a person would write it about the run.
        package var note: String
    }

    package static let sessionName = "Demo: a small shop, before and after a cache"
    /// Without the port, which differs from demo to demo: the runs must have one target.
    package static let targetName = "http://127.0.0.1/ (demo shop)"

    private static let slowSpell = DemoBehaviour.Spell(
        every: .seconds(10), length: .seconds(1), effect: .slower(5))

    private static let before = DemoBehaviour(
        medianMs: 4, sigma: 0.4, errorShare: 0.02, spell: slowSpell)

    private static let after = DemoBehaviour(
        medianMs: 4, sigma: 0.35, errorShare: 0.004, spell: slowSpell,
        factors: ["/api/items": 1.1, "/api/cart": 1.6, "/login": 7.5])

    /// The first run is the service before the change; all later ones are after it.
    package static func step(_ index: Int) -> Step {
        index == 0
            ? Step(behaviour: before, note: "Demo: the service before the change.")
            : Step(
                behaviour: after,
                note: "Demo: the same service with a cache for items and cart. Did it help?")
    }

    /// Requests over all routes of the demo's target, by their weights.
    package static func templates(origin: Origin) throws(LoadError) -> [RequestTemplate] {
        let itemIDs = 1...10
        var templates: [RequestTemplate] = []
        for route in DemoRoute.all {
            let isItem = route.name.hasSuffix("{id}")
            // Ten items share the weight of their route.
            let paths = isItem ? itemIDs.map { "/api/items/\($0)" } : [route.name]
            for path in paths {
                templates.append(
                    try RequestTemplate(
                        target: try TargetURL(parsing: origin.description + path),
                        route: route.name,
                        weight: route.weight * itemIDs.count / paths.count))
            }
        }
        return templates
    }
}
