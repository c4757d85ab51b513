import Testing
import TrackerTelemetry

@Suite struct TelemetryLimitsTests {
    @Test func aLabelHasRoomForARoute() {
        #expect(TelemetryLimits.labelBytes >= 128)
    }
}
