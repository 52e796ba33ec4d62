// /guarded, /late, /open and /eager on node:https; logs when a handler starts and when the body is complete.
// With "checkContinue" the application decides about 100 Continue itself; otherwise Node sends it before any handler.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [cert, key, ca, mode] = process.argv.slice(2);
const server = createServer({
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

function answer(request, response, proceed) {
  const caller = request.socket.authorized ? "valid" : "anonymous";
  if (request.url === "/guarded" && caller === "anonymous") return reply(response, 403, "certificate required");
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
if (mode === "checkContinue") {
  server.on("checkContinue", (request, response) => answer(request, response, () => response.writeContinue()));
}
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
