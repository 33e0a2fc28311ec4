// Draws every [data-chart] from its JSON script tag, in the page's theme and language.
(() => {
  const lang = document.documentElement.lang || "en";
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const palette = () =>
    document.documentElement.getAttribute("data-bs-theme") === "dark"
      ? ["#62cdb9", "#9bbdf4", "#f2bd66", "#d6a3d9", "#84d8a1", "#f8a3a1", "#a3b3ae"]
      : ["#0b6257", "#2f5f9e", "#c07a12", "#7d4a86", "#3d8b5a", "#b1373b", "#74827e"];

  const formatter = (spec, style) => {
    if (spec.unit === "money") {
      const options = { style: "currency", currency: spec.currency, currencyDisplay: "narrowSymbol" };
      if (style === "short") Object.assign(options, { notation: "compact", maximumFractionDigits: 1 });
      const money = new Intl.NumberFormat(lang, options);
      return (value) => money.format(value);
    }
    if (spec.unit === "percent") {
      const percent = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 2 });
      return (value) => percent.format(value / 100);
    }
    const plain = new Intl.NumberFormat(lang);
    return (value) => plain.format(value);
  };

  const shared = (spec) => ({
    color: palette(),
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300,
    textStyle: { fontFamily: token("--tblr-font-sans-serif"), color: token("--lt-ink") },
    tooltip: {
      trigger: spec.kind === "ring" ? "item" : "axis",
      valueFormatter: formatter(spec),
      backgroundColor: token("--lt-surface"),
      borderColor: token("--lt-line"),
      textStyle: { color: token("--lt-ink") },
    },
    legend: {
      show: spec.series.length > 1 || spec.kind === "ring",
      bottom: 0,
      icon: "roundRect",
      itemWidth: 12,
      itemHeight: 12,
      textStyle: { color: token("--lt-muted") },
    },
  });

  const ring = (spec) => ({
    ...shared(spec),
    series: [{
      type: "pie",
      radius: ["52%", "76%"],
      center: ["50%", "44%"],
      label: { show: false },
      itemStyle: { borderColor: token("--lt-surface"), borderWidth: 2 },
      data: spec.labels.map((name, at) => ({ name, value: spec.series[0].values[at] })),
    }],
  });

  const axes = (spec) => {
    const ink = token("--lt-muted");
    const names = {
      type: "category",
      data: spec.labels,
      axisLine: { lineStyle: { color: token("--lt-line-strong") } },
      axisTick: { show: false },
      axisLabel: { color: ink, hideOverlap: true },
      inverse: spec.kind === "ranks",
    };
    const values = {
      type: "value",
      axisLabel: { color: ink, formatter: formatter(spec, "short"), hideOverlap: true },
      splitLine: { lineStyle: { color: token("--lt-line") } },
      splitNumber: 4,
      minInterval: spec.unit === "count" ? 1 : 0,
    };
    return spec.kind === "ranks" ? { xAxis: values, yAxis: names } : { xAxis: names, yAxis: values };
  };

  const plotted = (spec) => ({
    ...shared(spec),
    ...axes(spec),
    grid: {
      left: 8,
      right: 16,
      top: 16,
      bottom: spec.series.length > 1 ? 36 : 8,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    series: spec.series.map(({ name, values, line }) => ({
      name,
      data: values,
      type: line || spec.kind === "lines" ? "line" : "bar",
      stack: spec.stacked && !line ? "all" : undefined,
      barMaxWidth: 34,
      showSymbol: values.length < 2,
      itemStyle: { borderRadius: spec.stacked ? 0 : 3 },
      lineStyle: { width: 2.5 },
    })),
  });

  const drawn = [];
  const draw = () => {
    for (const { chart, spec } of drawn) {
      chart.setOption(spec.kind === "ring" ? ring(spec) : plotted(spec), true);
    }
  };
  const begin = (within) => {
    if (!window.echarts) {
      // Without the library the figures themselves stand in for the picture.
      for (const box of within.querySelectorAll("[data-chart]")) {
        box.classList.add("is-off");
        box.parentElement.querySelector("details").open = true;
      }
      return;
    }
    for (const box of within.querySelectorAll("[data-chart]:not([data-drawn])")) {
      box.dataset.drawn = "yes";
      const spec = JSON.parse(document.getElementById(box.dataset.chart).textContent);
      const chart = window.echarts.init(box, null, { renderer: "svg" });
      drawn.push({ chart, spec });
      new ResizeObserver(() => chart.resize()).observe(box);
    }
    draw();
  };

  document.addEventListener("DOMContentLoaded", () => begin(document));
  document.addEventListener("htmx:afterSwap", (event) => begin(event.detail.target));
  document.addEventListener("themechange", draw);
})();
