/// Why a body of `POST /api/track` was refused. The message names the field, never its value.
package struct TrackBodyError: Error, Equatable {
    package let message: String
}
