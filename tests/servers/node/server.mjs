// The test API on node:https, or on node:http2 alone. Variants differ in what is requested and who verifies it.
// Where a signature in a certificate is wrong, Node 20 drops most connections by accident, in spite of
// rejectUnauthorized: false: the error stays in OpenSSL's queue and is attributed to the next read.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { createServer } from "node:https";
import { parseArgs } from "node:util";
import { answeringConnect, ignoringExpectations, streaming } from "./handovers.mjs";
import { mounting } from "./mounts.mjs";
import { keepingNotes } from "./notes.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(
    ["tls", "cert", "key", "client-ca", "crl"].map((name) => [name, { type: "string" }]),
  ),
});

const open = () => true;
const authorized = (socket) => socket.authorized;
const present = (socket) => Object.keys(socket.getPeerCertificate()).length > 0;

const both = (socket) => authorized(socket) && present(socket);

const names = (socket) => (authorized(socket) && socket.getPeerCertificate().subjectaltname) || "";
const pattern = (socket) => /spiffe:\/\/clients\.example\/.*admin/.test(names(socket));
const segment = (socket) =>
  names(socket).split(", ").some((name) => /^URI:spiffe:\/\/clients\.example\/admin\/[a-z]+$/.test(name));

// Fingerprints of verified clients, as Node.js prints them.
const seen = new Set();
const claimed = (request) => request.headers["x-client-fingerprint"];
const remembered = (request, socket) => {
  if (both(socket)) seen.add(socket.getPeerCertificate().fingerprint256);
  return seen.has(claimed(request));
};
const contradicted = (request, socket) =>
  claimed(request) !== undefined && claimed(request) !== socket.getPeerCertificate().fingerprint256;

// The data of tenants, which are units of the subjects.
const TENANTS = {
  reader: { ledger: "RF18539007547034", balance: 48120, keeper: "Halvorsen" },
  admin: { ledger: "RF71234823159001", balance: 73911, keeper: "Osterhaus" },
};
const unit = (socket) => socket.getPeerCertificate().subject?.OU;
const named = (request, socket) => TENANTS[request.headers["x-tenant"]] ?? TENANTS[unit(socket)];
const own = (request, socket) => TENANTS[unit(socket)];
const foreign = (request, socket) => (request.headers["x-tenant"] ?? unit(socket)) !== unit(socket);

const VARIANTS = {
  "reject-unauthorized": { requestCert: true, rejectUnauthorized: true, secure: open, items: open },
  "reject-unauthorized-all": { requestCert: true, rejectUnauthorized: true, secure: open, items: open },
  "reject-unauthorized-crl": { requestCert: true, rejectUnauthorized: true, secure: open, items: open, crl: true },
  authorized: { requestCert: true, rejectUnauthorized: false, secure: authorized, items: authorized },
  "authorized-present": { requestCert: true, rejectUnauthorized: false, secure: both, items: both },
  "authorized-unguarded": { requestCert: true, rejectUnauthorized: false, secure: authorized, items: open },
  presence: { requestCert: true, rejectUnauthorized: false, secure: present, items: present },
  "http2-alone": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, http2: true },
  "http2-alone-unguarded": { requestCert: true, rejectUnauthorized: false, secure: both, items: open, http2: true },
  "notes-checked": { requestCert: true, rejectUnauthorized: false, respond: keepingNotes(both, open) },
  "notes-checked-afterwards": { requestCert: true, rejectUnauthorized: false, respond: keepingNotes(present, both) },
  "mounted-once": { requestCert: true, rejectUnauthorized: false, respond: mounting(both, false) },
  "mounted-twice": { requestCert: true, rejectUnauthorized: false, respond: mounting(both, true) },
  "role-pattern": { requestCert: true, rejectUnauthorized: false, secure: both, items: pattern },
  "role-segment": { requestCert: true, rejectUnauthorized: false, secure: both, items: segment },
  "fingerprint-trusted": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, trusts: remembered },
  "fingerprint-compared": {
    requestCert: true, rejectUnauthorized: false, secure: both, items: both, refuses: contradicted,
  },
  "tenant-named": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, tenant: named },
  "tenant-compared": {
    requestCert: true, rejectUnauthorized: false, secure: both, items: both, tenant: own, refuses: foreign,
  },
  "connect-guarded": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, connect: both },
  "connect-open": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, connect: open },
  "expectations-checked": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, expect: false },
  "expectations-open": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, expect: true },
  "streams-guarded": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, streams: [both, both] },
  "streams-open-over-http2": {
    requestCert: true, rejectUnauthorized: false, secure: both, items: both, streams: [both, open],
  },
  "pushes-public": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, http2: true, push: "/public" },
  "pushes-secure": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, http2: true, push: "/secure" },
  "says-goodbye": { requestCert: true, rejectUnauthorized: false, secure: both, items: both, http2: true, goodbye: false },
  "says-goodbye-with-data": {
    requestCert: true, rejectUnauthorized: false, secure: both, items: both, http2: true, goodbye: true,
  },
  "not-requested": { requestCert: false, rejectUnauthorized: false, secure: open, items: open },
};
const variant = VARIANTS[positionals[0]];
const [minimum, maximum = minimum] = values.tls.split("-");

function find(path, socket) {
  const item = /^\/items\/([1-9][0-9]{0,8})$/.exec(path);
  if (item) return { guard: variant.items, body: { id: Number(item[1]), name: `item ${item[1]}` } };
  const caller = socket.authorized ? "known" : "anonymous";
  return {
    "/public": { guard: open, body: { service: "test" } },
    "/secure": { guard: variant.secure, body: { secret: "for known callers" } },
    "/optional": { guard: open, body: { greeting: `hello, ${caller} caller` } },
  }[path];
}

function answer(request, response, unguarded = false) {
  if (request.method === "CONNECT") return;
  // A request over HTTP/2 has a proxy of the socket without certificates.
  const socket = request.stream?.session?.socket ?? request.socket;
  const reply = (status, body, headers = {}) => {
    const text = status === 204 ? "" : JSON.stringify(body);
    const length = Buffer.byteLength(text);
    response.writeHead(status, { "Content-Type": "application/json", "Content-Length": length, ...headers });
    response.end(request.method === "HEAD" ? undefined : text);
  };
  if (variant.respond) return variant.respond(request, socket, reply);
  const path = request.url.split("?")[0];
  if (variant.streams && path === "/stream") return reply(426, { error: "for WebSocket" }, { Upgrade: "websocket" });
  const resource = find(path, socket);
  if (!resource) return reply(404, { error: "not found" });
  if (request.stream && variant.goodbye !== undefined && !resource.guard(socket)) {
    const session = request.stream.session;
    const goodbye = Buffer.from(variant.goodbye ? JSON.stringify(resource.body) : "");
    response.on("finish", () => session.destroyed || session.goaway(0, 0, goodbye));
  }
  if (request.stream && variant.push && path === "/public") {
    request.stream.pushStream({ ":path": variant.push }, (error, pushed) => {
      if (error) return;
      pushed.respond({ ":status": 200, "content-type": "application/json" });
      pushed.end(JSON.stringify(find(variant.push, socket).body));
    });
  }
  unguarded ||= !!variant.trusts?.(request, socket);
  const refused = resource.guard !== open && variant.refuses?.(request, socket);
  if (refused || (!unguarded && !resource.guard(socket))) return reply(401, { error: "client certificate required" });
  if (!["GET", "HEAD"].includes(request.method)) {
    return reply(405, { error: "no such method" }, { Allow: "GET, HEAD" });
  }
  const tenant = resource.guard === open ? undefined : variant.tenant?.(request, socket);
  return reply(200, { ...resource.body, ...tenant });
}

const server = (variant.http2 || variant.streams ? createSecureServer : createServer)(
  {
    allowHTTP1: !!variant.streams || !!variant.push || variant.goodbye !== undefined,
    settings: { enableConnectProtocol: !!variant.streams },
    minVersion: `TLSv${minimum}`,
    maxVersion: `TLSv${maximum}`,
    cert: readFileSync(values.cert),
    key: readFileSync(values.key),
    ca: readFileSync(values["client-ca"]),
    crl: variant.crl ? readFileSync(values.crl) : undefined,
    requestCert: variant.requestCert,
    rejectUnauthorized: variant.rejectUnauthorized,
  },
  (request, response) => answer(request, response),
);
if (variant.connect) answeringConnect(server, find, variant.connect);
if (variant.expect) ignoringExpectations(server, (request, response) => answer(request, response, true));
if (variant.streams) streaming(server, ...variant.streams);
server.on("tlsClientError", (error) => console.log(`handshake: ${error.message}`));
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
