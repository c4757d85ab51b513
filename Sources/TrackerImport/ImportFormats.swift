/// The formats that can be imported, in the order in which they are tried. Each family has a list
/// of its own.
package enum ImportFormats {
    package static let all: [AnyFormat] = [
        OwnFormats.all, RefusedFormats.all, K6Formats.all, VegetaFormats.all, HeyFormats.all,
        JMeterFormats.all, LocustFormats.all, WrkFormats.all, GatlingFormats.all,
        ApacheBenchFormats.all, SiegeFormats.all, H2loadFormats.all,
        OhaFormats.all, HdrFormats.all, FortioFormats.all, BenchFormats.all, ToolFormats.all,
        ExpositionFormats.all, [.refused(PrintedReport.self), .refused(WebPage.self)],
    ].flatMap { $0 }
}
