// The chart of the Compare page: at first the drawing of the page without scripts, then Vega's, which answers.
// Vega is loaded when the chart is in view and somebody reads the page, or came by a link that leaves something out.
"use strict";

window.zooChart = (root, catalogue, { onPoint, onPin }) => {
  const chart = root.querySelector(".zoo-chart");
  const plot = chart.querySelector(".zoo-chart__plot");
  let asked = { protocol: null, points: [], pins: [], isAll: false };
  let [view, drawn, isSeen, isOver] = [null, null, false, false];

  async function show(wanted) {
    asked = wanted;
    const boards = new Set(asked.points.map((point) => point.board));
    chart.hidden = asked.points.length === 0;
    chart.querySelectorAll("[data-board]").forEach((item) => {
      item.hidden = !boards.has(catalogue.names.board[item.dataset.board]);
    });
    plot.setAttribute("aria-label", asked.said);
    if (!view && asked.isAll) plot.replaceChildren(...stillDrawing());
    if (!isSeen || chart.hidden) return;
    if (asked.isAll) await window.zooReaderActs;
    await loaded();
    if (isOver) return;
    if (drawn !== asked.protocol) await draw(asked.protocol);
    else await fill();
  }

  // The drawing of the page without scripts, while nothing is left out and the library is not here yet.
  function stillDrawing() {
    let element = document.getElementById(`protocol-${asked.protocol}`)?.nextElementSibling;
    while (element && !element.matches(".zoo-chart, h2")) element = element.nextElementSibling;
    return [...(element?.querySelectorAll(".zoo-chart__plot > svg") ?? [])].map((svg) => svg.cloneNode(true));
  }

  // Three times as heavy as all the rest of the page: it waits until that is there.
  function loaded() {
    window.zooVega ??= new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: root.dataset.vega, onload: resolve, onerror: reject });
      const load = () => setTimeout(() => document.head.append(script));
      if (document.readyState === "complete") load();
      else window.addEventListener("load", load, { once: true });
    });
    return window.zooVega;
  }

  const widthFor = (padding) => Math.max(220, plot.clientWidth - padding.left - padding.right);

  async function draw(protocol) {
    drawn = protocol;
    view?.finalize();
    view = null;
    const spec = structuredClone(catalogue.charts[protocol]);
    spec.datasets.rows = asked.points;
    spec.width = widthFor(spec.padding);
    const made = await window.vegaEmbed(plot, spec, { actions: false, renderer: "svg", tooltip: false });
    if (drawn !== protocol || isOver) return made.finalize();
    view = made.view;
    view.addEventListener("mouseover", (event, item) => onPoint(item?.datum?.id ?? ""));
    view.addEventListener("mouseout", () => onPoint(""));
    view.addEventListener("click", (event, item) => { if (item?.datum?.id) onPin(item.datum.id); });
    return fill(); // rows may have changed while the drawing was made
  }

  function fill() {
    const { points, pins } = asked;
    return points.length ? view?.data("rows", points).signal("pinned", pins).signal("ticks", ticks(points)).runAsync() : null;
  }

  // As charts.py: at least four ticks of a logarithmic axis, where there are so many round numbers between the ends.
  function ticks(points) {
    const times = points.map((point) => point.latency);
    const [low, high] = [Math.min(...times), Math.max(...times)];
    const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    const fine = Array.from({ length: 45 }, (_, i) => (10 + 2 * i) / 10);
    let found = [];
    for (const steps of [[1], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9], fine]) {
      const decades = Array.from({ length: last - first + 1 }, (_, i) => first + i);
      found = decades.flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`)));
      found = found.filter((tick) => tick >= low && tick <= high);
      if (found.length >= 4) break;
    }
    return found;
  }

  const watcher = new IntersectionObserver((entries) => {
    if (!isSeen && entries.some((entry) => entry.isIntersecting)) { isSeen = true; show(asked); }
  });
  const resized = new ResizeObserver(() => {
    const padding = catalogue.charts[drawn]?.padding;
    if (padding) view?.width(widthFor(padding)).runAsync();
  });
  watcher.observe(chart);
  resized.observe(plot);

  return {
    show,
    light(id) { view?.signal("hovered", id).runAsync(); },
    stop() { isOver = true; watcher.disconnect(); resized.disconnect(); view?.finalize(); },
    get view() { return view; },
  };
};
