// The Compare page: reads what is asked for from the address, asks the rule (rule.js), shows rows, chart (chart.js), pins.
// The address is the state: a copied link gives the same page, and the back button undoes a choice.
// It runs again whenever instant navigation brings the page back, and works from a folder, so nothing is fetched.
"use strict";

(function begin() {
  window.zooCompare?.stop();
  const root = document.getElementById("zoo-compare");
  const [catalogue, rule] = [window.zooCatalogue, window.zooRule];
  if (!root) return;
  // Instant navigation runs scripts as they arrive, in any order: what is not here yet is waited for.
  if (!catalogue || !rule || !window.zooChart) return document.addEventListener("load", begin, { capture: true, once: true });

  const AT_ONCE = 100; // rows put into the page before somebody asks for all
  const MOST_PINS = 4;
  const MOST_POINTS = 1000; // of more rows, those on a Pareto front are drawn alone
  const AMOUNT = /^[0-9]{1,9}(\.[0-9]{1,6})?$/;
  const WARNINGS = ["corrected", "disputed"];
  const UNITS = { ap: "%", latency: "ms", ram: "KiB", flash: "KiB" };
  const SAID = { "max-latency": "latency", "max-ram": "RAM", "max-flash": "flash", "min-ap": "AP" };
  const find = (selector) => root.querySelector(selector);
  const form = find("form");
  const [status, more, pins] = [find(".zoo-status"), find(".zoo-more"), find(".zoo-pins")];
  const body = find(".zoo-rows tbody");
  const ended = new AbortController();
  const protocols = Object.keys(catalogue.protocols);
  const rows = catalogue.rows;
  if (!catalogue.isRead) rows.forEach(rule.read);
  catalogue.isRead = true;
  const byId = new Map(rows.map((row) => [row.id, row]));

  // ------------------------------------------------------------------------------------------ the state, in the address

  let state = fromAddress();
  let shown = [];
  let isWhole = false;

  function fromAddress() {
    const asked = new URLSearchParams(location.search);
    const section = location.hash.replace(/^#protocol-/, "");
    const protocol = [asked.get("protocol"), section].find((one) => protocols.includes(one)) ?? protocols[0] ?? null;
    const sort = asked.get("sort") ?? "ap";
    const budgets = rule.BUDGETS.map((name) => [name, asked.get(name)]).filter(([, text]) => text !== null && text !== "");
    return {
      protocol,
      facets: Object.fromEntries(rule.FACETS.map((facet) => [facet, asked.getAll(facet)])),
      demands: asked.getAll("trust").filter((demand) => rule.DEMANDS.includes(demand)),
      budgets: Object.fromEntries(budgets),
      pareto: asked.get("pareto") === "1",
      sort: rule.SORTS.includes(sort.replace(/^-/, "")) ? sort.replace(/^-/, "") : "ap",
      reverse: sort.startsWith("-"),
      pins: asked.getAll("pin").filter((id) => byId.has(id)).slice(0, MOST_PINS),
    };
  }

  function toAddress() {
    const asked = new URLSearchParams();
    if (state.protocol !== (protocols[0] ?? null)) asked.set("protocol", state.protocol);
    rule.FACETS.forEach((facet) => state.facets[facet].forEach((value) => asked.append(facet, value)));
    state.demands.forEach((demand) => asked.append("trust", demand));
    rule.BUDGETS.filter((name) => name in state.budgets).forEach((name) => asked.set(name, state.budgets[name]));
    if (state.pareto) asked.set("pareto", "1");
    if (state.sort !== "ap" || state.reverse) asked.set("sort", (state.reverse ? "-" : "") + state.sort);
    state.pins.forEach((id) => asked.append("pin", id));
    const text = asked.toString();
    return location.pathname + (text ? `?${text}` : "");
  }

  function query() {
    const amounts = Object.entries(state.budgets).filter(([, text]) => AMOUNT.test(text));
    return { ...state, budgets: Object.fromEntries(amounts.map(([name, text]) => [name, Number(text)])) };
  }

  // ------------------------------------------------------------------------------------------------------------ the form

  function fromForm() {
    const data = new FormData(form);
    const budgets = rule.BUDGETS.map((name) => [name, (data.get(name) ?? "").trim()]).filter(([, text]) => text !== "");
    const facets = rule.FACETS.map((facet) => [facet, form.elements[facet] ? data.getAll(facet) : state.facets[facet]]);
    return {
      ...state,
      protocol: data.get("protocol"),
      facets: Object.fromEntries(facets),
      demands: data.getAll("trust"),
      budgets: Object.fromEntries(budgets),
      pareto: data.get("pareto") === "1",
    };
  }

  function toForm() {
    for (const field of form.elements) {
      if (field.name === "protocol") field.value = state.protocol;
      else if (field.name === "pareto") field.checked = state.pareto;
      else if (rule.BUDGETS.includes(field.name)) {
        if (field.value.trim() !== (state.budgets[field.name] ?? "")) field.value = state.budgets[field.name] ?? "";
        const isWrong = field.name in state.budgets && !AMOUNT.test(state.budgets[field.name]);
        field.toggleAttribute("aria-invalid", isWrong);
        if (isWrong) field.setAttribute("aria-invalid", "true");
      } else if (field.type === "checkbox") field.checked = chosen(field.name).includes(field.value);
    }
    root.querySelectorAll(".zoo-facet").forEach((facet) => {
      const labels = [...facet.querySelectorAll("input:checked")].map((box) => box.parentElement.textContent.trim());
      const unseen = chosen(facet.dataset.facet).length - labels.length; // of another zoo, by its address
      facet.querySelector(".zoo-facet__chosen").textContent =
        labels.length + unseen === 0 ? "any" : labels.length === 1 && !unseen ? labels[0] : `${labels.length + unseen} chosen`;
      facet.classList.toggle("zoo-facet--chosen", labels.length + unseen > 0);
    });
  }

  const chosen = (name) => (name === "trust" ? state.demands : state.facets[name] ?? []);

  // ----------------------------------------------------------------------------------------------------------- the rows

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => { if (value !== null) element.setAttribute(name, value); });
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  const nameOf = (facet, value) => catalogue.names[facet]?.[value] ?? value;
  const placeOf = (row) => (row.board ? nameOf("board", row.board) : row.series ? nameOf("series", row.series) : null);

  function sign(mark, word = null) {
    const label = catalogue.marks[mark];
    const said = word === null ? make("span", { class: "zoo-sr" }, label) : ` ${word}`;
    return make("span", { class: `zoo-sign zoo-mark--${mark}`, title: label }, said);
  }

  // What a cell says: signs of warnings, the figures as printed, and how a number follows from them.
  function value(cell, quantity) {
    if (!cell || !cell.printed) return [make("span", { class: "zoo-missing" }, "not measured")];
    const digits = make("span", { class: "zoo-value" }, cell.printed.replaceAll(` ${UNITS[quantity]}`, ""));
    const signs = WARNINGS.filter((mark) => cell.marks.includes(mark)).flatMap((mark) => [sign(mark), " "]);
    return [...signs, digits, cell.note ? make("span", { class: "zoo-where" }, cell.note) : null].filter((one) => one !== null);
  }

  function head(row) {
    const isUnbound = rule.cells(row, state.protocol).some((cell) => cell.marks.includes("not-bound-to-bytes"));
    const link = make("a", { href: catalogue.cards[`${row.model}/${row.variant}`] }, row.title);
    const file = make("span", { class: "zoo-file" }, `${row.variant}/${row.artifact}`);
    if (isUnbound) file.append(" ", sign("not-bound-to-bytes", "unbound"));
    return [link, file];
  }

  function line(row) {
    const at = placeOf(row);
    const box = make("input", { type: "checkbox", "aria-label": `Pin ${row.file}${at ? ` on ${at}` : ""}` });
    box.checked = state.pins.includes(row.id);
    box.disabled = !box.checked && state.pins.length >= MOST_PINS;
    const where = at === null
      ? make("td", { class: "zoo-missing" }, "not measured")
      : make("td", {}, at, make("span", { class: "zoo-where" }, row.engine || "memory alone"));
    const cells = { ap: row.ap[state.protocol], latency: row.latency, ram: row.ram, flash: row.flash };
    return make(
      "tr",
      { "data-id": row.id, class: box.checked ? "zoo-pinned" : null },
      make("th", { scope: "row" }, ...head(row)),
      make("td", { class: "zoo-pin" }, box),
      where,
      ...Object.entries(cells).map(([quantity, cell]) => make("td", { class: "zoo-num" }, ...value(cell, quantity))),
      make("td", {}, nameOf("precision", row.precision)),
      make("td", {}, nameOf("format", row.format)),
      make("td", {}, row.release),
    );
  }

  function showRows() {
    const some = isWhole ? shown : shown.slice(0, AT_ONCE);
    body.replaceChildren(...some.map(line));
    more.hidden = some.length === shown.length;
    more.firstElementChild.textContent = `Show all ${shown.length} rows`;
    find('button[data-sort="ap"] > span').textContent = catalogue.protocols[state.protocol] ?? "AP";
    root.querySelectorAll("th[data-sorted]").forEach((th) => {
      const isFalling = (th.dataset.sorted === "ap") !== state.reverse;
      if (th.dataset.sorted === state.sort) th.setAttribute("aria-sort", isFalling ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    });
  }

  // --------------------------------------------------------------------------------------------------- what was left out

  const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

  function told(found) {
    const asked = query();
    const parts = [`${shown.length} of ${counted(rows.length, "row")} shown.`];
    if (Object.keys(asked.budgets).length) {
      const by = Object.entries(found.unmeasuredBy).filter(([, count]) => count).map(([name, count]) => `${SAID[name]} ${count}`);
      parts.push(`Hidden: ${found.unmeasured} not measured${by.length ? ` (${by.join(", ")})` : ""}, ${found.over} over budget.`);
    }
    if (state.pareto) parts.push(`${found.unplaced} without AP or latency have no place on a front.`);
    const targets = [...asked.facets.board.map((one) => nameOf("board", one)), ...asked.facets.series.map((one) => nameOf("series", one))];
    if (targets.length) parts.push(`${counted(found.elsewhere, "file")} not measured on ${targets.join(" or ")}.`);
    const wrong = Object.entries(state.budgets).filter(([, text]) => !AMOUNT.test(text));
    wrong.forEach(([name, text]) => parts.push(`${SAID[name]}: “${text}” is no number such as 600 or 0.5; it is left aside.`));
    return parts.join(" ");
  }

  // ------------------------------------------------------------------------------------------------- up to four, abreast

  function showPins() {
    const pinned = state.pins.map((id) => byId.get(id));
    pins.hidden = pinned.length === 0;
    if (!pinned.length) return pins.replaceChildren();
    const lines = [
      ["Board", (row) => placeOf(row)],
      ["Run by", (row) => [row.engine, row.tools].filter(Boolean).join("; ")],
      [`${catalogue.protocols[state.protocol] ?? "AP"}, %`, "ap"], ["Latency, ms", "latency"], ["RAM, KiB", "ram"], ["Flash, KiB", "flash"],
      ["Precision", (row) => nameOf("precision", row.precision)],
      ["Format", (row) => nameOf("format", row.format)],
      ["Release", (row) => row.release],
      ["Trained on", (row) => nameOf("dataset", row.dataset)],
    ];
    const tops = pinned.map((row) => {
      const button = make("button", { type: "button", class: "zoo-button", "data-unpin": row.id, "aria-label": `Unpin ${row.id}` }, "Unpin");
      return make("th", { scope: "col" }, ...head(row), button);
    });
    const made = lines.map(([heading, of]) => make("tr", {}, make("th", { scope: "row" }, heading), ...compared(pinned, of)));
    const table = make(
      "table", { class: "zoo-table zoo-abreast" },
      make("caption", {}, make("div", {}, make("strong", {}, "Pinned, side by side"))),
      make("thead", {}, make("tr", {}, make("td", {}), ...tops)), make("tbody", {}, ...made),
    );
    return pins.replaceChildren(make("div", { class: "zoo-scroll", role: "region", tabindex: "0", "aria-label": "Pinned rows" }, table));
  }

  function compared(pinned, of) {
    if (typeof of === "function") return pinned.map((row) => make("td", {}, of(row) || "not stated"));
    const numbers = pinned.map((row) => rule.number(row, of, state.protocol));
    const measured = numbers.filter((number) => number !== null);
    const best = of === "ap" ? Math.max(...measured) : Math.min(...measured);
    return pinned.map((row, i) => {
      const isBest = measured.length > 1 && numbers[i] === best;
      const cell = of === "ap" ? row.ap[state.protocol] : row[of];
      return make("td", { class: isBest ? "zoo-best" : null }, ...value(cell, of), isBest ? make("span", { class: "zoo-where" }, "best") : null);
    });
  }

  function pin(id) {
    const isPinned = state.pins.includes(id);
    if (!isPinned && state.pins.length >= MOST_PINS) return;
    state.pins = isPinned ? state.pins.filter((one) => one !== id) : [...state.pins, id];
    go();
  }

  // ----------------------------------------------------------------------------------------------------------- the chart

  const chart = window.zooChart(root, catalogue, { onPoint: (id) => light(id), onPin: (id) => pin(id) });

  function placed() {
    const front = new Set(rule.pareto(shown, state.protocol).map((row) => row.id));
    const both = shown.filter((row) => row.board && rule.number(row, "latency") !== null && rule.number(row, "ap", state.protocol) !== null);
    const drawn = both.length > MOST_POINTS ? both.filter((row) => front.has(row.id)) : both;
    return drawn.map((row) => ({
      id: row.id, board: nameOf("board", row.board), latency: row.latency.number, ap: row.ap[state.protocol].number, front: front.has(row.id),
    }));
  }

  function showChart() {
    const points = placed();
    const said = `${catalogue.protocols[state.protocol]} over latency of ${points.length} of the ${shown.length} rows of the table`;
    const isAll = shown.length === rows.length && !state.pins.length;
    return chart.show({ protocol: state.protocol, points, pins: state.pins, isAll, said });
  }

  function light(id) {
    body.querySelectorAll(".zoo-lit").forEach((tr) => tr.classList.remove("zoo-lit"));
    body.querySelector(`tr[data-id="${CSS.escape(id)}"]`)?.classList.add("zoo-lit");
    chart.light(id);
  }

  // ------------------------------------------------------------------------------------------------- one way through all

  function show() {
    const found = rule.select(rows, query());
    shown = found.rows;
    toForm();
    showRows();
    showPins();
    status.textContent = told(found);
    return showChart();
  }

  // Every choice can be undone by going back; a number counts once, however many keys it took.
  let typed = null;

  function go({ isTyping = false } = {}) {
    const address = toAddress();
    if (address !== location.pathname + location.search) history[isTyping ? "replaceState" : "pushState"](null, "", address);
    show();
  }

  function csv() {
    const text = (cell) => {
      const inert = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
      return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
    };
    const order = Object.keys(catalogue.marks);
    const lines = shown.map((row) => {
      const cells = rule.cells(row, state.protocol);
      const notes = ["AP", "latency", "RAM", "flash"].map((name, i) => (cells[i].note ? `${name}: ${cells[i].note}` : null));
      const marks = order.filter((mark) => cells.some((cell) => cell.marks.includes(mark)));
      const stated = catalogue.columns.slice(0, 14).map((name) => row[name] ?? "");
      const numbers = cells.map((cell) => cell.digits ?? "");
      return [...stated, state.protocol ?? "", ...numbers, notes.filter(Boolean).join("; "), marks.join(" ")];
    });
    return [catalogue.columns, ...lines].map((cells) => `${cells.map(text).join(",")}\r\n`).join("");
  }

  function download() {
    const link = make("a", { href: URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" })), download: "models.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(location.href);
      status.textContent = "The link is copied: it brings back this very selection.";
    } catch {
      status.textContent = `Copy this link: ${location.href}`;
    }
  }

  // ------------------------------------------------------------------------------------------------------------ listening

  const listen = (target, type, handler) => target.addEventListener(type, handler, { signal: ended.signal });
  const nearestRow = (event) => event.target.closest?.("tr[data-id]")?.dataset.id ?? "";

  listen(form, "submit", (event) => event.preventDefault());
  listen(form, "input", (event) => {
    state = fromForm();
    isWhole = false;
    const isTyping = event.target === typed;
    typed = event.target.inputMode === "decimal" ? event.target : null;
    go({ isTyping });
  });
  listen(form, "focusin", () => { typed = null; });
  listen(form, "reset", (event) => {
    event.preventDefault();
    state = { ...state, protocol: protocols[0] ?? null, facets: Object.fromEntries(rule.FACETS.map((facet) => [facet, []])),
      demands: [], budgets: {}, pareto: false, sort: "ap", reverse: false, pins: [] };
    isWhole = false;
    go();
  });
  listen(root, "click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.do === "copy") copy();
    if (button.dataset.do === "csv") download();
    if (button.dataset.do === "all") { isWhole = true; showRows(); }
    if (button.dataset.unpin) pin(button.dataset.unpin);
    if (button.dataset.sort) {
      state.reverse = state.sort === button.dataset.sort && !state.reverse;
      state.sort = button.dataset.sort;
      go();
    }
  });
  listen(body, "change", (event) => {
    const id = nearestRow(event);
    pin(id);
    body.querySelector(`tr[data-id="${CSS.escape(id)}"] input`)?.focus(); // the row was made anew
  });
  listen(body, "mouseover", (event) => light(nearestRow(event)));
  listen(body, "mouseleave", () => light(""));
  listen(body, "focusin", (event) => light(nearestRow(event)));
  listen(window, "popstate", () => { if (root.isConnected) { state = fromAddress(); show(); } });
  listen(document, "click", (event) => {
    root.querySelectorAll(".zoo-facet[open]").forEach((facet) => { if (!facet.contains(event.target)) facet.open = false; });
  });
  listen(root, "keydown", (event) => {
    const facet = event.key === "Escape" ? event.target.closest(".zoo-facet[open]") : null;
    if (facet) { facet.open = false; facet.querySelector("summary").focus(); }
  });
  window.zooCompare = {
    stop() { ended.abort(); chart.stop(); },
    csv, get shown() { return shown; }, get state() { return state; }, get view() { return chart.view; },
  };
  root.hidden = false;
  show();
  performance.mark("zoo-compare"); // when it could be used
})();
