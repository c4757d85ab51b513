"""TLS in front of a plain server on loopback: tls_front.py CERTIFICATE KEY PORT [cut]

Prints its own port, then for each connection the name that was asked for and the protocol chosen.
With `cut`, the server's end becomes the connection's end without TLS's own. Ends with its input.
"""
import asyncio
import ssl
import sys

certificate, key, port = sys.argv[1:4]
cut = sys.argv[4:] == ["cut"]
names = {}


def say(*words):
    print(*words, flush=True)


async def pump(reader, writer, end):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    end(writer)


async def serve(reader, writer):
    tls = writer.get_extra_info("ssl_object")
    say(names.pop(id(tls), None), tls.selected_alpn_protocol())
    # Not 0: an empty buffer would count as full, and writing would never go on.
    writer.transport.set_write_buffer_limits(high=1, low=0)
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", int(port))
    end = (lambda writer: writer.transport.abort()) if cut else (lambda writer: writer.close())
    try:
        await asyncio.gather(pump(reader, inner_writer, lambda writer: writer.close()),
                             pump(inner_reader, writer, end))
    except OSError:
        pass  # The client broke the connection.
    finally:
        inner_writer.close()
        writer.close()


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    context.sni_callback = lambda tls, name, _: names.__setitem__(id(tls), name)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    say(server.sockets[0].getsockname()[1])
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


loop = asyncio.new_event_loop()
# A handshake that the client refuses is what some tests are about.
loop.set_exception_handler(lambda *_: None)
loop.run_until_complete(main())
