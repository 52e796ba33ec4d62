// The page is complete without this script. It adds search and sorting.
"use strict";
(() => {
  const table = document.querySelector(".fleet");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const form = document.querySelector("#find");
  form.hidden = false;

  const count = form.querySelector("output");
  const search = form.querySelector("input");
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    let shown = 0;
    rows.forEach((row) => {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      shown += row.hidden ? 0 : 1;
    });
    count.textContent = wanted ? `${shown} of ${rows.length} services` : "";
  });

  // A click on a heading sorts by it; a second one turns the order. The first order is the worst first.
  const value = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = Number.parseFloat(text);
    return row.cells[column].classList.contains("number") ? (Number.isNaN(number) ? -1 : number) : text.toLowerCase();
  };
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const number = head.classList.contains("number");
      const before = head.getAttribute("aria-sort");
      const down = before ? before === "ascending" : number;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      const keyed = rows.map((row) => [value(row, column), row]);
      keyed.sort(([a], [b]) => (a < b ? -sign : a > b ? sign : 0));
      body.append(...keyed.map(([, row]) => row));
    });
  });
})();
