"""A tiny tracker for the tests: answers as told and keeps what it was sent."""
import contextlib
import http.server
import json
import threading


@contextlib.contextmanager
def service(answers=()):
    """`answers`: a status each for the first requests ("drop" closes the connection); then 200."""
    waiting, received = list(answers), []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = waiting.pop(0) if waiting else 200
            received.append(
                (answer, body, {name.lower(): value for name, value in self.headers.items()}))
            if answer == "drop":
                self.close_connection = True
                return
            self.send_response(answer)
            if answer == 307:
                self.send_header("Location", "http://localhost:1/stolen")
            reply = json.dumps({"status": "ok" if answer == 200 else "error"}).encode()
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    server.received = received
    server.accepted = lambda: [body for answer, body, _ in received if answer == 200]
    server.url = "http://127.0.0.1:%d/api/track" % server.server_port
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
