"use strict";
(() => {
  const table = document.getElementById("findings");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const field = (name) => document.getElementById(name);
  const shown = field("shown");

  const filter = () => {
    const tenant = field("tenant").value;
    const severity = field("severity").value;
    const words = field("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = (!tenant || row.dataset.tenant === tenant)
        && (!severity || row.dataset.severity === severity)
        && words.every((word) => text.includes(word));
      row.hidden = !fits;
      left += fits ? 1 : 0;
    }
    shown.textContent = left === rows.length ? String(rows.length) : `${left} of ${rows.length}`;
  };

  const sort = (heading) => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = heading.dataset.key;
    const sign = down ? -1 : 1;
    rows.sort((a, b) => sign * a.dataset[key].localeCompare(b.dataset[key], "en", { numeric: true }));
    body.append(...rows);
  };

  for (const heading of table.querySelectorAll("th[data-key]")) {
    const button = document.createElement("button");
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sort(heading));
    heading.replaceChildren(button);
  }
  for (const name of ["tenant", "severity", "search"]) field(name).addEventListener("input", filter);
  document.querySelector(".filters").hidden = false;
})();
