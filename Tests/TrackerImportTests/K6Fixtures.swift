extension ImportFixture {
    static let k6: [ImportFixture] = []
}
