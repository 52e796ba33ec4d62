// Two TLS contexts: the one of `localhost` trusts the client CA, the default one of other sites a partner's CA.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { parseArgs } from "node:util";

const names = ["cert", "key", "client-ca", "other-ca"];
const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) });
const [cert, key, clientCa, otherCa] = names.map((name) => readFileSync(values[name]));

function answer(request, response) {
  const item = /^\/items\/([1-9][0-9]{0,8})$/.exec(request.url);
  const body = item ? { id: Number(item[1]), name: "item" } : {
    "/public": { service: "test" },
    "/secure": { secret: "for known callers" },
    "/optional": { greeting: "hello, caller" },
  }[request.url];
  const host = request.headers.host?.split(":")[0].toLowerCase();
  // A correct application compares the name of the handshake with the one of the request.
  const found = body && host === "localhost" && `${request.socket.servername}`.toLowerCase() === host;
  response.writeHead(found ? 200 : 404, { "Content-Type": "application/json" });
  response.end(JSON.stringify(found ? body : { error: "not found" }));
}

const partners = { cert, key, ca: otherCa, sessionIdContext: "partners" };
const server = createServer({ ...partners, requestCert: true, rejectUnauthorized: true }, answer);
server.addContext("localhost", { cert, key, ca: clientCa, sessionIdContext: "clients" });
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
