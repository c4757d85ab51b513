import TrackerIndexer
import TrackerLog
import TrackerProfile

extension HTMLWriter {
    /// The profiles of a session, or of one run, each a link; nothing without one.
    mutating func attachedProfiles(_ summary: SessionSummary, of run: String? = nil) {
        let profiles = ProfileModel.attached(summary).filter {
            run == nil || run.isExactly($0.edit.run)
        }
        guard !profiles.isEmpty else { return }
        let shown = profiles.suffix(ViewLimits.listedProfiles)
        let note =
            shown.count < profiles.count
            ? "the last \(shown.count) of \(NumberText.count(profiles.count));"
                + " tracker show --json has all" : ""
        panel("profiles", title: "Profiles", note: note) { out in
            out.raw("<div class=\"notes\">")
            for profile in shown {
                out.raw("<article>")
                out.time(profile.edit.timestamp, as: .minute)
                out.raw("<div><p>")
                out.link(
                    profilePath(
                        user: summary.user, session: summary.session, profile: profile.hash),
                    class: "link", profile.edit.text)
                out.raw("</p>")
                if let run = profile.edit.run { out.element("p", class: "of", "run \(run)") }
                out.raw("</div></article>")
            }
            out.raw("</div>")
        }
    }
}
