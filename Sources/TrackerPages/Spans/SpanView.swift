import TrackerIndexer
import TrackerLog

extension HTMLWriter {
    /// Which span of time the numbers are of, and a form to choose one.
    mutating func spanChoice(_ model: SessionModel) {
        guard model.chart != nil || model.span != nil, !model.query.isFile else { return }
        raw("<section class=\"span\" id=\"span\" aria-label=\"Span of time\">")
        if let span = model.span { spanNote(span, model) }
        raw("<details class=\"more\" id=\"span-form\"><summary>")
        raw(model.span == nil ? "Numbers of a part of the time" : "Another span")
        raw("</summary><form method=\"get\" class=\"times\"")
        let address = model.address(metric: model.metric?.id, run: model.only?.summary.run)
        attribute("action", address.path)
        raw(">")
        for (name, value) in address.items where name != "from" && name != "to" {
            raw("<input type=\"hidden\"")
            attribute("name", name)
            attribute("value", value)
            raw(">")
        }
        let whole = model.wholeSpan
        timeField("from", "From, UTC", model.span?.from ?? whole?.from)
        timeField("to", "To, UTC", model.span?.to ?? whole?.to)
        raw("<button class=\"btn\" type=\"submit\">Recompute</button></form></details></section>\n")
    }

    private mutating func timeField(_ name: StaticString, _ label: String, _ value: Timestamp?) {
        raw("<label>")
        text(label)
        raw("<input type=\"datetime-local\" step=\"1\" name=\"")
        raw(name)
        raw("\"")
        // As the field itself writes it, without zone and without seconds that are zero: the script
        // takes another text for something that a person has begun to type.
        if let value {
            let text = ClockText.machine(value).prefix(19)
            attribute("value", String(text.hasSuffix(":00") ? text.dropLast(3) : text))
        }
        raw("></label>")
    }

    private mutating func spanNote(_ span: SpanQuery, _ model: SessionModel) {
        raw("<p class=\"only\">")
        if let unreadable = span.unreadable {
            raw("<b>No span:</b> ")
            element("code", String(unreadable.prefix(ViewLimits.shownNameCharacters)))
            raw(" is no time such as 2026-11-17T14:02:11Z. The numbers are of the whole time. ")
        } else if !span.isUsable {
            raw("<b>No span:</b> it ends before it begins. The numbers are of the whole time. ")
        } else if let shown = model.shownSpan {
            raw("<b>Only ")
            time(Timestamp(clamping: shown.startMs), as: .clock)
            raw(" to ")
            time(Timestamp(clamping: shown.endMs), as: .clock)
            raw("</b> ")
            zone()
            text(
                ", \(ClockText.duration(shown.lengthMs)): every number and chart is of this span"
                    + (model.isFromLog
                        ? ". The verdict is on whole runs, and not shown. "
                        : ". Its edges are those of the columns in which samples are kept, "
                            + "\(ClockText.wholeSeconds(model.edgeMs)) wide. Numbers by label and"
                            + " the verdict are of whole runs, and not shown. "))
        } else {
            raw("<b>Nothing was measured in this span.</b> ")
        }
        link(model.wholePath, class: "link", "The whole time")
        raw("</p>")
    }
}
