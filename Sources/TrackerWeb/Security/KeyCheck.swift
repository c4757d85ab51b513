import HTTPTypes
import HummingbirdCore

/// The key of a request that appends events.
enum KeyCheck {
    private static let name = HTTPField.Name("x-api-key")

    /// - Returns: what is wrong with the key; `nil` if it is right, or none is needed.
    static func problem(
        _ request: Request, _ apiKey: APIKey?
    ) -> (message: String, status: HTTPResponse.Status)? {
        guard let apiKey else { return nil }
        let values = name.map { request.headers[values: $0] } ?? []
        guard let value = values.first, !value.isEmpty else {
            return ("API key is missing.", .unauthorized)
        }
        guard values.count == 1, apiKey.matches(value) else {
            return ("Invalid API key.", .forbidden)
        }
        return nil
    }
}
