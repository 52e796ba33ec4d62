// Keeps notes (notes.yaml). The guard may look again at the certificate after a note is stored or removed.

const FIRST = ["quarterly figures", "salaries", "tenders", "audits", "leases"];

// `before` and `after` take the socket and return whether the caller is admitted; both have to.
export function keepingNotes(before, after) {
  const kept = new Map(FIRST.map((text, place) => [100 + place, `about ${text}`]));
  const latest = () => [...kept].map(([id, text]) => ({ id, text })).slice(-12);

  const read = (path) => {
    if (path === "/notes") return [200, latest()];
    const id = Number(path.slice("/notes/".length));
    return kept.has(id) ? [200, { id, text: kept.get(id) }] : [404, { error: "not found" }];
  };

  const change = (method, path, type, body) => {
    const id = Number(path.slice("/notes/".length));
    if (method === "DELETE" && kept.delete(id)) return [204];
    if (method !== "POST" || path !== "/notes") return [404, { error: "not found" }];
    if (type !== "application/json") return [415, { error: "JSON only" }];
    let note;
    try {
      note = JSON.parse(body);
    } catch {
      note = null;
    }
    if (typeof note?.text !== "string") return [400, { error: "this is no note" }];
    const made = Math.max(...kept.keys()) + 1;
    kept.set(made, note.text);
    return [201, { id: made, text: note.text }];
  };

  return (request, socket, reply) => {
    const { method, url } = request;
    const path = url.split("?")[0];
    if (!/^\/notes(\/[1-9][0-9]{0,8})?$/.test(path)) return reply(404, { error: "not found" });
    if (!before(socket)) return reply(401, { error: "client certificate required" });
    if (["GET", "HEAD"].includes(method)) {
      return after(socket) ? reply(...read(path)) : reply(403, { error: "unknown client" });
    }
    if (!["POST", "DELETE"].includes(method)) return reply(405, { error: "no such method" });
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      const done = change(method, path, request.headers["content-type"], body);
      return after(socket) ? reply(...done) : reply(403, { error: "unknown client" });
    });
  };
}
