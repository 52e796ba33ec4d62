// The page is complete without this script. It adds filters, copying, keys, and evidence on a click.
// Text is only ever put in as text: no string becomes markup here.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const one = (selector, root = document) => root.querySelector(selector);
  all("[data-script]").forEach((element) => { element.hidden = false; });

  // The files that the page carries, as gzip in base64; each is unpacked once, when it is first needed. A long part is
  // kept at its first place, between \x02 and \x03, and may contain others; its number is between \x01 and \x03 where
  // it occurs again.
  const files = new Map();
  const restored = (text) => {
    const kept = [];
    const around = [[]];
    for (const [found, number, mark] of text.matchAll(/\x01(\d+)\x03|([\x02\x03])|[^\x01-\x03]+/g)) {
      if (mark === "\x02") {
        around.push([]);
      } else {
        if (mark) kept.push(around.pop().join(""));
        around.at(-1).push(mark ? kept.at(-1) : number ? kept[number] : found);
      }
    }
    return around[0].join("");
  };
  const unpack = async (name) => {
    const bytes = Uint8Array.from(atob(one(`#archive-${name}`).textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return restored(await new Response(stream).text());
  };
  const file = (name) => files.get(name) ?? files.set(name, unpack(name)).get(name);
  let parsed;
  const result = () => parsed ??= file("json").then(JSON.parse)
    .then((found) => ({ ...found, byId: new Map(found.probes.map((probe) => [probe.id, probe])) }));

  // Filters: their state lives in the address, as #?status=drift&q=items, so that a link shows the same view.
  const form = one("#filters");
  const grid = one("#grid");
  const entries = all(".entry");
  const rows = all("tbody tr[data-i]", grid);
  const paths = all("tbody.path", grid);
  const fixed = Number(grid.dataset.fixed);
  const heads = all("thead .who", grid);
  const ends = fixed + heads.length;
  const columns = heads.map((cell) => cell.firstChild.textContent.trim());
  const has = (words, word) => !word || (words || "").split("\n").includes(word);
  const contains = (element, wanted) => !wanted || element.textContent.toLowerCase().includes(wanted);

  // The consistent operations of a path fold, and are folded at first.
  const fold = (path, closed) => {
    path.classList.toggle("closed", closed);
    one("button", path).setAttribute("aria-expanded", String(!closed));
  };
  paths.forEach((path) => {
    const name = one(".name", path);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name.textContent;
    button.addEventListener("click", () => fold(path, !path.classList.contains("closed")));
    name.replaceChildren(button);
    fold(path, true);
  });
  all("tbody td:nth-child(n)", grid).forEach((cell) => { if (cell.cellIndex >= fixed && cell.cellIndex < ends) cell.classList.add("at"); });

  // Callers without any drift show on demand, or when one of them is wanted.
  const callers = one("#callers");
  const few = (wanted) => {
    if (!callers) return;
    grid.classList.toggle("few", wanted);
    callers.setAttribute("aria-pressed", String(!wanted));
  };
  callers?.addEventListener("click", () => few(!grid.classList.contains("few")));
  few(true);

  const fields = all("input, select", form);
  const counts = ["#drifts-title .count", "#matrix-title .count"].map((selector) => one(selector));
  const whole = counts.map((element) => element.textContent);
  const chosen = () => Object.fromEntries(fields.map((field) => [field.name, field.value.trim()]));
  const clear = () => fields.forEach((field) => { field.value = ""; });
  const showEntry = (entry, want) =>
    (!want.status || want.status === "drift") && (!want.rule || entry.dataset.rule === want.rule) &&
    (!want.severity || entry.dataset.severity === want.severity) &&
    (!want.method || entry.dataset.method === want.method) && has(entry.dataset.tags, want.tag) && has(entry.dataset.owners, want.owner) &&
    (!want.identity || entry.dataset.identity === want.identity) &&
    (!want.change || entry.dataset.change === want.change) && contains(entry, want.q?.toLowerCase());
  const showRow = (row, want, ruled) =>
    (!want.status || (row.className || "consistent") === want.status) && (!want.method || one("b", row).textContent === want.method) &&
    has(row.dataset.tags, want.tag) && (!ruled || ruled.has(row)) && contains(row.cells[0], want.q?.toLowerCase());

  const rowsOf = (shown) => new Set(shown.flatMap((entry) => all(`a[href="#${entry.id}"]`, grid)).map((a) => a.closest("tr")));
  const apply = () => {
    const want = chosen();
    const shown = entries.filter((entry) => showEntry(entry, want));
    const visible = new Set(shown);
    entries.forEach((entry) => { entry.hidden = !visible.has(entry); });
    all(".cause").forEach((cause) => { cause.hidden = !all(".entry", cause).some((entry) => !entry.hidden); });
    const ruled = want.rule || want.change || want.severity ? rowsOf(shown) : null;
    let count = 0;
    rows.forEach((row) => { row.hidden = !showRow(row, want, ruled); count += row.hidden ? 0 : 1; });
    if (want.identity) few(false);
    const only = want.identity ? columns.indexOf(want.identity) : -1;
    all("tr", grid).forEach((row) => {
      for (let index = fixed; index < Math.min(ends, row.cells.length); index += 1) row.cells[index].hidden = only >= 0 && index - fixed !== only;
    });
    const filtered = Object.values(want).some(Boolean);
    paths.forEach((path) => { path.hidden = all("tr[data-i]", path).every((row) => row.hidden); });
    if (filtered) paths.forEach((path) => fold(path, false));
    all(".folded").forEach((part) => { part.open = filtered && all(".entry", part).some((entry) => !entry.hidden); });
    const found = `${shown.length} of ${entries.length} drifts`;
    const left = `${count} of ${rows.length} operations`;
    one("output", form).textContent = filtered ? `${found}, ${left}` : "";
    [found, left].forEach((words, place) => { counts[place].textContent = filtered ? words : whole[place]; });
    return want;
  };
  const remember = () => {
    const want = apply();
    const query = new URLSearchParams(Object.entries(want).filter(([, value]) => value)).toString();
    history.replaceState(null, "", query ? `#?${query}` : "#");
  };
  const reveal = (element) => {
    const part = element?.closest("details");
    if (part) part.open = true;
    const path = element?.closest("tbody.path");
    if (path) fold(path, false);
    element?.scrollIntoView();
  };
  const restore = () => {
    const wanted = location.hash.startsWith("#?") ? new URLSearchParams(location.hash.slice(2)) : null;
    if (wanted) fields.forEach((field) => { field.value = wanted.get(field.name) ?? ""; });
    else if (one(`[id="${CSS.escape(location.hash.slice(1))}"]`)?.closest("[hidden]")) clear();
    apply();
    if (!wanted && location.hash.length > 1) reveal(document.getElementById(location.hash.slice(1)));
  };
  form.addEventListener("input", remember);
  all("[data-filter]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    const [name, value] = link.dataset.filter.split("=");
    clear();
    one(`[name=${name}]`, form).value = value;
    remember();
    one("#drifts").scrollIntoView();
  }));
  one("button", form).addEventListener("click", () => { clear(); remember(); });
  addEventListener("hashchange", restore);
  if (location.hash) restore();

  // Copying.
  const copy = async (button, words) => {
    const label = button.textContent;
    try { await navigator.clipboard.writeText(await words()); button.textContent = "Copied"; }
    catch { button.textContent = "Not allowed here"; }
    setTimeout(() => { button.textContent = label; }, 1500);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-markdown], [data-link]");
    if (!button) return;
    if ("copy" in button.dataset) copy(button, () => one("code", button.parentElement).textContent);
    else if (button.dataset.link) copy(button, () => `${location.href.split("#")[0]}#${button.dataset.link}`);
    else copy(button, async () => JSON.parse(await file("markdown"))[button.closest(".entry").id]);
  });

  // Download.
  const download = async (name, type) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await file(name)], { type }));
    link.download = `specdrift-${(await result()).run_id.replace(/[^\w.-]/g, "-")}.${name}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  one("#json").addEventListener("click", () => download("json", "application/json"));
  one("#sarif").addEventListener("click", () => download("sarif", "application/sarif+json"));

  // Evidence of a cell.
  const hex = (character) => `\\u{${character.codePointAt(0).toString(16)}}`;
  const visible = (text) => text.replace(/[^\P{C}\n\t\u200c\u200d]|[\u2028\u2029]/gu, hex);
  const make = (tag, text, ...children) => {
    const element = document.createElement(tag);
    if (text) element.textContent = visible(text);
    element.append(...children);
    return element;
  };
  const line = (label, value) => make("div", "", make("dt", label), make("dd", value));
  const headers = (list) => list.map(([name, value]) => `${name}: ${value}`).join("\n");
  const folded = (label, text) => make("details", "", make("summary", label), make("pre", text));
  const answer = (probe) => probe.response
    ? `HTTP ${probe.response.status}, ${probe.response.length} bytes`
    : probe.tls.alert ? `TLS alert ${probe.tls.alert}` : probe.detail || probe.ending;
  const describe = (probe) => {
    const { request, tls, response } = probe;
    const facts = make("dl");
    facts.className = "facts columns";
    facts.append(
      line("Outcome", `${probe.outcome}${probe.reason ? `: ${probe.reason}` : ""}`),
      line("Request", request.method ? `${request.method} ${request.target}` : "only the handshake"),
      line("To", `${request.host}:${request.port}${probe.address ? ` at ${probe.address}` : ""}, SNI ${request.sni || "none"}`),
      line("TLS", [tls.version, tls.cipher, tls.alpn].filter(Boolean).join(", ") || "none"),
      line("Certificate", `${tls.certificate_requested ? "" : "not "}requested, ${tls.certificate_sent ? "" : "not "}sent`),
      line("Response", answer(probe)),
      line("Probe", `${probe.id}, ${probe.attempts} attempt${probe.attempts === 1 ? "" : "s"}, ${probe.elapsed_ms.toFixed(1)} ms`),
    );
    const parts = [facts];
    if (request.headers?.length) parts.push(folded("Request headers", headers(request.headers)));
    if (request.body) parts.push(folded("Request body", request.body));
    if (response?.headers.length) parts.push(folded("Response headers", headers(response.headers)));
    if (response?.body_excerpt) parts.push(make("h3", "Body"), make("pre", response.body_excerpt));
    return parts;
  };
  const evidence = async (cell) => {
    const row = cell.closest("tr");
    const name = columns[cell.cellIndex - fixed];
    const dialog = one("#evidence");
    const body = one("#evidence-body");
    one("h2", dialog).textContent = `${row.cells[0].textContent.slice(1).trim()} as ${name}: ${cell.textContent}`;
    body.replaceChildren(make("p", "Unpacking…"));
    dialog.showModal();
    const data = await result();
    const who = data.identities[Number(heads[cell.cellIndex - fixed].dataset.i)].name;
    const outcome = data.operations[Number(row.dataset.i)].outcomes.find((item) => item.identity === who);
    const found = (outcome ? [outcome.probe, ...outcome.more_probes] : []).map((id) => data.byId.get(id)).filter(Boolean);
    body.replaceChildren(...(found.length ? found.flatMap(describe) : [make("p", outcome?.reason || "Nothing was sent.")]));
  };

  // The matrix: one tab stop, arrow keys inside.
  const cellOf = (target) => {
    const cell = target.closest("#grid tbody td");
    return cell && cell.cellIndex >= fixed && cell.cellIndex < ends ? cell : null;
  };
  let current = heads.length ? rows[0]?.cells[fixed] : undefined;
  const move = (cell) => {
    if (!cell) return;
    current.tabIndex = -1;
    current = cell;
    current.tabIndex = 0;
    current.focus();
  };
  const beside = (cell, key) => {
    const cells = Array.from(cell.parentElement.cells).filter((other) => other.cellIndex >= fixed && other.cellIndex < ends && other.checkVisibility());
    const line = rows.filter((row) => row.checkVisibility());
    const place = cells.indexOf(cell);
    const height = line.indexOf(cell.parentElement);
    return {
      ArrowLeft: cells[place - 1], ArrowRight: cells[place + 1], Home: cells[0], End: cells.at(-1),
      ArrowUp: line[height - 1]?.cells[cell.cellIndex], ArrowDown: line[height + 1]?.cells[cell.cellIndex],
    }[key];
  };
  if (current) {
    grid.classList.add("live");
    grid.setAttribute("role", "grid");
    current.tabIndex = 0;
    grid.addEventListener("click", (event) => {
      const cell = cellOf(event.target);
      if (cell && !event.target.closest("a")) { move(cell); evidence(cell); }
    });
    grid.addEventListener("keydown", (event) => {
      const cell = cellOf(event.target);
      if (!cell || event.target.closest("a")) return;
      const next = beside(cell, event.key);
      if (next) { event.preventDefault(); move(next); }
      else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); evidence(cell); }
    });
  }

  // Light and dark.
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const flip = () => { root.dataset.theme = dark() ? "light" : "dark"; };
  one("#theme").addEventListener("click", flip);
  one("#help").addEventListener("click", () => one("#keys").showModal());

  // Keys. Without the focus in a drift, the next one is the first that begins below the top of the window.
  const offset = (entry) => entry.getBoundingClientRect().top - parseFloat(getComputedStyle(root).scrollPaddingTop);
  const step = (by) => {
    const shown = entries.filter((entry) => !entry.hidden);
    const here = shown.findIndex((entry) => entry === document.activeElement || entry.contains(document.activeElement));
    const seen = shown.filter((entry) => entry.checkVisibility());
    const fromTop = () => by > 0 ? seen.find((entry) => offset(entry) > 1) : seen.findLast((entry) => offset(entry) < -1);
    const next = here < 0 ? fromTop() : shown[here + by];
    if (next) { next.tabIndex = -1; reveal(next); next.focus({ preventScroll: true }); }
  };
  const keys = { "/": () => one("[name=q]", form).focus(), "?": () => one("#keys").showModal(), t: flip, n: () => step(1), p: () => step(-1) };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
    const action = keys[event.key];
    if (action) { event.preventDefault(); action(); }
  });

  // Print everything that is folded away.
  let opened = [];
  addEventListener("beforeprint", () => { opened = all("details:not([open])"); opened.forEach((part) => { part.open = true; }); });
  addEventListener("afterprint", () => { opened.forEach((part) => { part.open = false; }); });
})();
