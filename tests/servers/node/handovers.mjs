// What Node hands to listeners of its own, before the handler of requests: CONNECT, expectations, and WebSockets.
import { createHash } from "node:crypto";

const ACCEPTED = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const DATA = JSON.stringify({ price: 1234.5, symbol: "SPDR", note: "for customers only" });
const REFUSAL = JSON.stringify({ error: "client certificate required" });
const FRAME = Buffer.concat([Buffer.from([0x81, DATA.length]), Buffer.from(DATA)]);

// CONNECT gets what GET gets, if `guard` takes the socket; it has no content by itself (RFC 9110 §9.3.6).
export function answeringConnect(server, find, guard) {
  server.on("connect", (request, socket) => {
    const resource = guard(socket) && find(request.url.split("?")[0], socket);
    const [status, text] = resource ? ["200 OK", JSON.stringify(resource.body)] : ["405 Method Not Allowed", REFUSAL];
    const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n`;
    socket.end(`${head}Connection: close\r\n\r\n${text}`);
  });
}

// An expectation that is none of HTTP is ignored.
export function ignoringExpectations(server, answer) {
  server.on("checkExpectation", answer);
}

// /stream is a WebSocket, over HTTP/1.1 with the guard `first`, over HTTP/2 (RFC 8441) with `second`.
export function streaming(server, first, second) {
  server.on("upgrade", (request, socket) => {
    socket.on("error", () => {});
    if (!first(socket)) {
      const head = `HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: ${REFUSAL.length}\r\n`;
      return socket.end(`${head}Connection: close\r\n\r\n${REFUSAL}`);
    }
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${ACCEPTED}`).digest("base64");
    const head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    socket.write(`${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
    return socket.write(FRAME);
  });
  server.on("connect", () => {}); // without one Node answers each CONNECT over HTTP/2 with 405
  server.on("stream", (stream, headers) => {
    if (headers[":method"] !== "CONNECT") return;
    stream.on("error", () => {});
    const status = headers[":path"] !== "/stream" ? 404 : second(stream.session.socket) ? 200 : 401;
    stream.respond({ ":status": status, "content-type": status === 200 ? undefined : "application/json" });
    if (status === 200) stream.write(FRAME);
    else stream.end(REFUSAL);
  });
}
