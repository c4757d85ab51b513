/// Why a body of `POST /api/track` was not taken. The message names the field, never what it held.
package struct TrackBodyError: Error, Equatable {
    package let message: String
}
