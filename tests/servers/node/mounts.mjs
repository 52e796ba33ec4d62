// Routers of mounts.yaml below a prefix, behind a guard of that prefix, as Express mounts them. `again` also serves them
// at the root, in front of no guard. A public page at the root has the name of a guarded operation.

const REPORTS = { q3: { region: "Kattegat", margin: 48120, auditor: "Halvorsen" }, q4: { region: "Skagerrak", margin: 73911 } };
const OFFICES = [{ city: "Larvik", desk: 77120, lead: "Osterhaus" }, { city: "Moss", desk: 41839, lead: "Lindqvist" }];
const PAGE = { title: "Our offices", text: "Visit us on weekdays" };

export function mounting(guard, again) {
  const routes = { "/reports": REPORTS, "/offices": { offices: OFFICES } };
  return (request, socket, reply) => {
    const path = request.url.split("?")[0];
    if (path === "/api/v1/health") return reply(200, { status: "up" });
    if (path.startsWith("/api/v1/") && !guard(socket)) return reply(401, { error: "client certificate required" });
    const body = routes[path.replace(/^\/api\/v1(?=\/)/, "")];
    const mounted = path.startsWith("/api/v1/") || again;
    const found = mounted && body ? body : { "/offices": PAGE }[path];
    if (!found) return reply(404, { error: "not found" });
    if (!["GET", "HEAD"].includes(request.method)) return reply(405, { error: "no such method" }, { Allow: "GET, HEAD" });
    return reply(200, found);
  };
}
