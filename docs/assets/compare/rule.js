// The rule that picks rows, as zoo_tools/site/catalogue/selection.py says it; its docstring is the text of both.
// A test asks the two the same random questions and compares rows, order and counts.
"use strict";

window.zooRule = (() => {
  const TARGETS = ["board", "series"];
  const FACETS = ["board", "series", "task", "dataset", "model", "format", "precision"];
  const BUDGETS = ["max-latency", "max-ram", "max-flash", "min-ap"];
  const SORTS = ["ap", "latency", "ram", "flash", "model"];
  const REFUSED = { bound: "not-bound-to-bytes", undisputed: "disputed", uncorrected: "corrected" };
  const DEMANDS = [...Object.keys(REFUSED), "re-run"];
  const MISSING = { number: null, printed: "", note: "", marks: [] };

  // Doubles tell numbers of 15 digits apart and keep them in order; the digits stay for what is shown.
  function read(row) {
    const cells = [row.latency, row.ram, row.flash, ...Object.values(row.ap)];
    cells.forEach((cell) => { if (cell) cell.number = cell.digits === "" ? null : Number(cell.digits); });
  }

  const ap = (row, protocol) => row.ap[protocol] ?? MISSING;
  const cells = (row, protocol) => [ap(row, protocol), row.latency ?? MISSING, row.ram ?? MISSING, row.flash ?? MISSING];

  // The number of a row that a budget is held against, or that rows are sorted by; null: not measured.
  function number(row, quantity, protocol) {
    switch (quantity) {
      case "max-latency": case "latency": return (row.latency ?? MISSING).number;
      case "max-ram": case "ram": return (row.ram ?? MISSING).number;
      case "max-flash": case "flash": return (row.flash ?? MISSING).number;
      case "min-ap": case "ap": return ap(row, protocol).number;
      default: return null;
    }
  }

  const has = (row, query, facets) =>
    facets.every((facet) => !query.facets[facet]?.length || query.facets[facet].includes(row[facet]));

  function isTrusted(row, query) {
    const marks = cells(row, query.protocol).filter((cell) => cell.marks.length || cell.printed).map((cell) => cell.marks);
    return query.demands.every((demand) => demand === "re-run"
      ? marks.some((some) => some.includes("re-run"))
      : marks.length > 0 && !marks.some((some) => some.includes(REFUSED[demand])));
  }

  function exceeds(budget, found, limit) {
    if (found === null) return false;
    return budget === "min-ap" ? found < limit : found > limit;
  }

  // Rows on the Pareto front of their board, in the order given; rows without a number are left out.
  function pareto(rows, protocol) {
    const byBoard = new Map();
    rows.forEach((row, i) => {
      const [latency, accuracy] = [number(row, "latency", protocol), number(row, "ap", protocol)];
      if (latency === null || accuracy === null) return;
      if (!byBoard.has(row.board)) byBoard.set(row.board, []);
      byBoard.get(row.board).push([latency, -accuracy, i]);
    });
    const kept = new Set();
    for (const points of byBoard.values()) {
      let best = null;
      for (const [latency, worse, i] of points.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])) {
        if (best === null || worse < best[1] || (latency === best[0] && worse === best[1])) {
          best = [latency, worse];
          kept.add(i);
        }
      }
    }
    return rows.filter((_, i) => kept.has(i));
  }

  function ordered(rows, query) {
    if (query.sort === "model") return query.reverse ? [...rows].reverse() : [...rows];
    const sign = (query.sort === "ap") !== query.reverse ? -1 : 1;
    const of = (row) => number(row, query.sort, query.protocol);
    return [...rows].sort((a, b) => {
      const [x, y] = [of(a), of(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (x - y);
    });
  }

  function select(rows, query) {
    const described = rows.filter((row) => has(row, query, FACETS.filter((facet) => !TARGETS.includes(facet))));
    const onTarget = described.filter((row) => has(row, query, TARGETS));
    const files = new Set(onTarget.map((row) => row.file));
    const elsewhere = new Set(described.map((row) => row.file).filter((file) => !files.has(file)));
    const asked = BUDGETS.filter((budget) => query.budgets[budget] !== undefined);
    const unmeasuredBy = Object.fromEntries(asked.map((budget) => [budget, 0]));
    const kept = [];
    let over = 0;
    let unmeasured = 0;
    for (const row of onTarget.filter((one) => isTrusted(one, query))) {
      const numbers = asked.map((budget) => number(row, budget, query.protocol));
      if (asked.some((budget, i) => exceeds(budget, numbers[i], query.budgets[budget]))) {
        over += 1;
      } else if (numbers.includes(null)) {
        unmeasured += 1;
        asked.forEach((budget, i) => { if (numbers[i] === null) unmeasuredBy[budget] += 1; });
      } else {
        kept.push(row);
      }
    }
    const isPlaced = (row) => number(row, "latency", query.protocol) !== null && number(row, "ap", query.protocol) !== null;
    const placed = query.pareto ? kept.filter(isPlaced) : kept;
    const shown = ordered(query.pareto ? pareto(placed, query.protocol) : placed, query);
    return { rows: shown, over, unmeasured, unmeasuredBy, unplaced: kept.length - placed.length, elsewhere: elsewhere.size };
  }

  return { FACETS, BUDGETS, SORTS, DEMANDS, read, select, pareto, number, ap, cells };
})();
