import TrackerIndexer
package import TrackerLog

extension SessionModel {
    /// What a panel of the page shows: of the metric, run and span of time in view.
    package func table(of panel: PagePanel) -> PanelTable {
        switch panel {
        case .figures: figureTable
        case .overTime: few.map(valueTable) ?? timeTable
        case .heatMap: heatTable
        case .resources: resourceTable
        case .curve: curveTable
        case .distribution: distributionTable
        case .runs: runTable
        case .routes: routeTable
        case .labels: labelTable
        case .metrics: metricTable
        case .reported: reportedTable
        }
    }

    /// The table with what it is of.
    package func json(of panel: PagePanel) -> JSONValue {
        let span = query.span.flatMap { $0.isUsable ? $0 : nil }
        return .object(
            [
                .init("panel", .string(panel.rawValue)),
                .init("user", .string(summary.user.value)),
                .init("session", .string(summary.session.value)),
                .init("run", .optional(only?.summary.run)),
                .init("metric", .optional(metric?.id)), .init("unit", .optional(metric?.unit)),
                .init("from", .optional(span?.from.map(ClockText.machine))),
                .init("to", .optional(span?.to.map(ClockText.machine))),
            ] + table(of: panel).jsonMembers)
    }

    var inView: [Run] { only.map { [$0] } ?? runs }

    // MARK: figures

    private static let quantiles: [(name: String, quantile: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999),
    ]

    private func figureColumns(unit: String?) -> [PanelTable.Column] {
        [
            .init("n"), .init("errors"), .init("errors", "%"), .init("per second", "1/s"),
            .init("mean", unit), .init("min", unit),
        ] + Self.quantiles.map { .init($0.name, unit) } + [.init("max", unit)]
    }

    private func figures(_ total: Aggregate?, perSecond: Double?) -> [PanelTable.Cell] {
        let values = total?.successes
        let share = total.flatMap { total in
            total.count > 0 ? 100 * Double(total.errors) / Double(total.count) : nil
        }
        let head: [PanelTable.Cell] = [
            .count(total?.count ?? 0), .count(total?.errors ?? 0), .number(share),
            .number(perSecond), .number(values?.mean), .number(values?.lowest),
        ]
        return head + Self.quantiles.map { .number(values?.quantile($0.quantile)) }
            + [.number(values?.highest)]
    }

    private var figureTable: PanelTable {
        var table = PanelTable(figureColumns(unit: metric?.unit))
        if let total { table.rows.append(figures(total, perSecond: perSecond)) }
        return table
    }

    private var runTable: PanelTable {
        var table = PanelTable(
            [.init("run"), .init("test"), .init("started"), .init("state")]
                + figureColumns(unit: metric?.unit) + [.init("left out")])
        table.rows = listedRuns.map { run in
            let facts: [PanelTable.Cell] = [
                .text(run.summary.run), .text(run.summary.test),
                .text(run.started.map(ClockText.machine)), .text(run.summary.state.rawValue),
            ]
            return facts + figures(run.total, perSecond: run.perSecond)
                + [.text(run.summary.leftOut?.text)]
        }
        return table
    }

    private var labelTable: PanelTable {
        var table = PanelTable([.init("labels")] + figureColumns(unit: metric?.unit))
        table.rows = allLabelRows.map { row in
            let name = row.labels.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            return [.text(row.labels.isEmpty ? nil : name)]
                + figures(row.total, perSecond: perSecond(of: row.total))
        }
        if let overflow = summary.overflow, !table.rows.isEmpty {
            table.rows.append(
                [.text(IndexLimits.overflowText)] + figures(overflow, perSecond: nil))
        }
        return table
    }

    /// A row for a route with one status; else one for all of them, then one for each.
    private var routeTable: PanelTable {
        var table = PanelTable(
            [.init(RouteTable.routeName), .init(RouteTable.statusName)]
                + figureColumns(unit: metric?.unit))
        func row(_ route: String?, _ status: String?, _ total: Aggregate) -> [PanelTable.Cell] {
            [.text(route), .text(status)] + figures(total, perSecond: perSecond(of: total))
        }
        for route in allRoutes.rows {
            if route.statuses.count > 1 {
                table.rows.append(row(route.route, "all", route.total))
            }
            table.rows += route.statuses.map { row(route.route, $0.status, $0.total) }
        }
        if let overflow = summary.overflow, !table.rows.isEmpty {
            table.rows.append(
                [.text(IndexLimits.overflowText), .text(nil)] + figures(overflow, perSecond: nil))
        }
        return table
    }

    private var metricTable: PanelTable {
        var table = PanelTable(
            ["run", "metric", "unit", "last mean", "min", "mean", "max", "p50", "p99", "n"].map {
                .init($0)
            })
        for run in inView {
            for choice in metrics {
                guard
                    let timeline = run.summary.timeline(of: choice.name, unit: choice.loggedUnit)
                else { continue }
                let values = timeline.total.successes
                let last = timeline.buckets.last { $0.aggregate.successes.count > 0 }
                table.rows.append([
                    .text(run.summary.run), .text(choice.id), .text(choice.unit),
                    .number(last?.aggregate.successes.mean), .number(values.lowest),
                    .number(values.mean), .number(values.highest), .number(values.quantile(0.5)),
                    .number(values.quantile(0.99)), .count(timeline.total.count),
                ])
            }
        }
        return table
    }

    private var reportedTable: PanelTable {
        var table = PanelTable(["run", "started", "name", "value", "unit"].map { .init($0) })
        for run in only.map({ [$0] }) ?? listedRuns {
            for number in run.summary.reportedNumbers {
                table.rows.append([
                    .text(run.summary.run), .text(run.started.map(ClockText.machine)),
                    .text(number.name), .number(number.value), .text(number.unit),
                ])
            }
        }
        return table
    }
}
