import TrackerLog

/// The JSON of speedscope, which py-spy, rbspy and others write.
enum Speedscope: ProfileFormat {
    static let name = "speedscope JSON"
    static let advice = "Was the program idle while it was recorded?"

    static func recognises(_ bytes: [UInt8]) -> Bool {
        JSONProfile.isObject(bytes)
            && JSONProfile.contains("speedscope.app/file-format-schema.json", bytes)
    }

    static func read(_ bytes: [UInt8]) throws(ProfileError) -> ReadProfile {
        let document = try JSONProfile.parse(bytes, name)
        guard let frames = document["shared"]?["frames"]?.arrayValue,
            let profiles = document["profiles"]?.arrayValue, let first = profiles.first
        else { throw .damaged(format: name, reason: "shared.frames or profiles is missing") }
        var builder = CallTreeBuilder()
        let functions = frames.map { builder.function($0["name"]?.stringValue ?? "(unnamed)") }
        let unit = first["unit"]?.stringValue ?? "none"
        var otherUnits = 0
        for (index, profile) in profiles.enumerated() {
            guard (profile["unit"]?.stringValue ?? "none").isExactly(unit) else {
                otherUnits += 1
                continue
            }
            switch profile["type"]?.stringValue {
            case "sampled": try sampled(profile, index, functions, &builder)
            case "evented": try evented(profile, index, functions, &builder)
            default:
                throw .damaged(
                    format: name,
                    reason: "profiles[\(index)].type is neither sampled nor evented")
            }
        }
        let notes =
            otherUnits == 0
            ? [] : ["\(otherUnits) of \(profiles.count) profiles are in another unit than \(unit)"]
        return ReadProfile(tree: builder.tree(unit: Self.unit(unit)), notes: notes)
    }

    /// A stack for each sample, and a weight.
    private static func sampled(
        _ profile: JSONValue, _ index: Int, _ functions: [Int], _ builder: inout CallTreeBuilder
    ) throws(ProfileError) {
        let samples = profile["samples"]?.arrayValue ?? []
        let weights = profile["weights"]?.arrayValue ?? []
        guard weights.isEmpty || weights.count == samples.count else {
            throw .damaged(
                format: name,
                reason: "profiles[\(index)] has \(samples.count) samples and \(weights.count)"
                    + " weights")
        }
        let scale = scale(profile)
        for (at, sample) in samples.enumerated() {
            var stack: [Int] = []
            for frame in sample.arrayValue ?? [] {
                stack.append(try function(frame, functions, index))
            }
            let weight = weights.isEmpty ? 1 : (weights[at].doubleValue ?? 0) * scale
            try builder.add(weight, stack: stack)
        }
    }

    /// When each frame was entered and left: the time between two events is the stack's.
    private static func evented(
        _ profile: JSONValue, _ index: Int, _ functions: [Int], _ builder: inout CallTreeBuilder
    ) throws(ProfileError) {
        let scale = scale(profile)
        var stack = [CallTreeBuilder.root]
        var open: [Int] = []
        var before: Double?
        for event in profile["events"]?.arrayValue ?? [] {
            guard let at = event["at"]?.doubleValue, let frame = event["frame"],
                at >= before ?? at
            else {
                throw .damaged(
                    format: name,
                    reason: "an event of profiles[\(index)] has no frame or no later time")
            }
            if let before, let node = stack.last, node != CallTreeBuilder.root {
                builder.add((at - before) * scale, at: node)
            }
            before = at
            let function = try function(frame, functions, index)
            if event["type"]?.stringValue == "O" {
                guard stack.count <= ProfileLimits.maxNodes else {
                    throw .tooManyNodes(limit: ProfileLimits.maxNodes)
                }
                open.append(function)
                stack.append(
                    try builder.node(function, below: stack.last ?? CallTreeBuilder.root))
            } else if event["type"]?.stringValue == "C", open.last == function {
                open.removeLast()
                stack.removeLast()
            } else {
                throw .damaged(
                    format: name, reason: "profiles[\(index)] leaves a frame that it is not in")
            }
        }
        // Frames that the end of the recording cut off.
        if let before, let end = profile["endValue"]?.doubleValue, let node = stack.last,
            node != CallTreeBuilder.root
        {
            builder.add((end - before) * scale, at: node)
        }
    }

    private static func function(
        _ frame: JSONValue, _ functions: [Int], _ index: Int
    ) throws(ProfileError) -> Int {
        guard let place = frame.intValue, functions.indices.contains(place) else {
            throw .damaged(
                format: name,
                reason: "profiles[\(index)] names a frame that shared.frames does not have")
        }
        return functions[place]
    }

    private static let perSecond = [
        "seconds": 1e9, "milliseconds": 1e6, "microseconds": 1e3, "nanoseconds": 1,
    ]

    private static func scale(_ profile: JSONValue) -> Double {
        perSecond[profile["unit"]?.stringValue ?? ""] ?? 1
    }

    private static func unit(_ unit: String) -> CallTree.Unit {
        if perSecond[unit] != nil { return .nanoseconds }
        return unit == "none" ? .samples : unit == "bytes" ? .bytes : .other(unit)
    }
}
