// /guarded, /late, /open and /eager on node:http2, which also speaks HTTP/1.1; logs when a handler starts and when the
// body is complete. With "checkContinue" the application decides about 100 Continue itself; otherwise Node sends it
// before any handler. The modes that begin with "only" have the guard of /guarded in one place.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";

const [cert, key, ca, mode] = process.argv.slice(2);
const server = createSecureServer({
  allowHTTP1: true,
  cert: readFileSync(cert),
  key: readFileSync(key),
  ca: readFileSync(ca),
  requestCert: true,
  rejectUnauthorized: false,
});

function reply(response, status, text) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ answer: text }));
}

const PATHS = ["/guarded", "/late", "/open", "/eager"];
const GUARDS = {
  "only-checkContinue": (request) => request.headers.expect,
  "only-request": (request) => !request.headers.expect,
  "only-http1": (request) => request.httpVersionMajor === 1,
};
const isGuarded = GUARDS[mode] ?? (() => true);

function answer(request, response, proceed) {
  const socket = request.stream ? request.stream.session.socket : request.socket;
  const caller = socket.authorized ? "valid" : "anonymous";
  const refused = request.url === "/guarded" && caller === "anonymous" && isGuarded(request);
  if (refused) return reply(response, 403, "certificate required");
  if (!PATHS.includes(request.url)) return reply(response, 404, "no such path");
  console.log("handler", request.url, caller);
  if (request.url === "/eager") return reply(response, 201, "order created");
  proceed();
  let length = 0;
  request.on("data", (part) => (length += part.length));
  request.on("end", () => {
    console.log("body", request.url, caller, length);
    if (request.url === "/late" && caller === "anonymous") return reply(response, 403, "certificate required");
    reply(response, 201, "order created");
  });
}

server.on("request", (request, response) => answer(request, response, () => {}));
if (mode !== "default") {
  server.on("checkContinue", (request, response) => answer(request, response, () => response.writeContinue()));
}
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
