"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const RIGHT = 16, BOTTOM = 42, BADGE = 16;
  const UNIT = 10000; // of the heights of embedded lines
  const REACH = 3.5, EVENLY = 240, NEAR = 31, LEAST = 0.002;
  const tape = JSON.parse(document.getElementById("tape").textContent);
  const LEFT = tape.left;
  const frames = tape.numbers.length, last = frames - 1;
  const byId = (id) => document.getElementById(id);
  const calm = (text) => String(text).replace(/-/g, "\u2212");

  // ---- what is stepped through: the start, then iterations, or M and E steps where they are known

  const WHOLE = "", START = "start", M = "M step", E = "E step";

  function stepsOf(halves) {
    const steps = [];
    for (let frame = 0; frame < frames; frame += 1) {
      if (!halves) {
        steps.push({ frame, phase: frame ? WHOLE : START });
        continue;
      }
      if (frame === 0) steps.push({ frame, phase: START });
      else if (tape.numbers[frame] === tape.numbers[frame - 1] + 1) steps.push({ frame, phase: M });
      steps.push({ frame, phase: E });
    }
    return steps;
  }

  let halves = tape.halves && frames <= 300;
  let steps = stepsOf(halves);
  let at = 0;
  let playing = false;

  // ---- making elements

  function make(parent, tag, attributes = {}, text = "") {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text) node.textContent = text;
    parent.appendChild(node);
    return node;
  }

  function put(parent, tag, text = "", attributes = {}) {
    const node = document.createElement(tag);
    node.textContent = text;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    parent.appendChild(node);
    return node;
  }

  const colour = (identity) => `c${((identity - 1) % 8) + 1}${Math.floor((identity - 1) / 8) % 2 ? " dashed" : ""}`;

  // ---- numbers as a person reads them

  function columnOf(values) {
    const sizes = values.filter((v) => v !== null && v !== 0).map(Math.abs);
    if (!sizes.length) return values.map((v) => (v === null ? "\u2013" : "0"));
    const largest = Math.max(...sizes);
    if (largest >= 1e12 || largest < 1e-4 || (largest >= 1e7 && largest >= 1e7 * Math.min(...sizes))) {
      return values.map((v) => (v === null ? "\u2013" : calm(Number(v.toPrecision(6)).toExponential())));
    }
    const decimals = largest >= 1 ? Math.max(0, 5 - Math.floor(Math.log10(largest))) : 6;
    return values.map((v) => (v === null ? "\u2013" : calm(v.toFixed(decimals))));
  }

  function total(value) {
    if (value === null) return "\u2013";
    const size = Math.abs(value);
    return calm(value.toFixed(size < 1e5 ? 3 : size < 1e7 ? 1 : 0));
  }

  // ---- the curves of a column at a frame: places from 0 to 1, and a height for each component

  function normals(column, frame) {
    const values = tape.values[frame];
    const means = values[column.mean].map((mean) => (mean / 2 - column.origin / 2) / column.half);
    const sds = values[column.sd].map((sd) => sd / 2 / column.half);
    const scales = sds.map((sd, k) => (values[0][k] * column.factors[frame]) / sd / Math.sqrt(2 * Math.PI));
    const height = (k, x) => {
      const z = (x - means[k]) / sds[k];
      const h = scales[k] * Math.exp(-0.5 * z * z);
      return Number.isFinite(h) ? Math.min(h, 1e6) : 0;
    };
    return { means, sds, height };
  }

  function curves(column, frame) {
    if (column.kind === "lines") {
      const heights = tape.lines[column.place][frame].map((line) => line.map((h) => h / UNIT));
      return { x: column.x, heights };
    }
    const { means, sds, height } = normals(column, frame);
    const x = Array.from({ length: EVENLY }, (_, i) => i / (EVENLY - 1));
    means.forEach((mean, k) => {
      const reach = Math.max(REACH * sds[k], 0.002);
      for (let i = 0; i < NEAR; i += 1) {
        const place = mean + reach * ((2 * i) / (NEAR - 1) - 1);
        if (place > 0 && place < 1) x.push(place);
      }
    });
    x.sort((a, b) => a - b);
    return { x, heights: means.map((_, k) => x.map((place) => height(k, place))) };
  }

  function shares(column, frame) {
    const centres = column.bars.map((_, i) => (column.edges[i] + column.edges[i + 1]) / 2);
    let heights;
    if (column.kind === "lines") {
      const { x, heights: lines } = curves(column, frame);
      heights = lines.map((line) => centres.map((centre) => between(x, line, centre)));
    } else {
      const { means, height } = normals(column, frame);
      heights = means.map((_, k) => centres.map((centre) => height(k, centre)));
    }
    return centres.map((_, i) => {
      const sum = heights.reduce((all, line) => all + line[i], 0);
      return heights.map((line) => (sum > 0 ? line[i] / sum : 0));
    });
  }

  function between(x, line, place) {
    let low = 0, high = x.length - 1;
    if (place <= x[0] || place >= x[high]) return 0;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x[middle] <= place) low = middle;
      else high = middle;
    }
    const part = x[high] > x[low] ? (place - x[low]) / (x[high] - x[low]) : 0;
    return line[low] + part * (line[high] - line[low]);
  }

  // ---- a plot: its paper is made when its width changes, the moving parts at every step

  class Plot {
    constructor(holder, height, bottom, top, across, up, captions, title, over = 30) {
      Object.assign(this, { holder, height, bottom, top, across, up, captions, over });
      this.svg = make(holder, "svg", { class: "plot", role: "img" });
      this.title = make(this.svg, "title", {}, title);
      this.paper = make(this.svg, "g");
      this.moving = make(this.svg, "g");
      this.width = 0;
    }

    x(place) { return LEFT + place * (this.width - LEFT - RIGHT); }

    y(height) {
      const part = (Math.min(Math.max(height, this.bottom), this.top) - this.bottom) / (this.top - this.bottom);
      return this.height - BOTTOM - part * (this.height - this.over - BOTTOM);
    }

    fit() {
      const width = Math.max(260, Math.round(this.holder.clientWidth));
      if (width === this.width) return;
      this.width = width;
      this.svg.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
      this.paper.replaceChildren();
      const grid = make(this.paper, "g", { class: "grid" }), labels = make(this.paper, "g", { class: "labels" });
      const floor = this.height - BOTTOM;
      for (const [height, text] of this.up) {
        const y = this.y(height);
        make(grid, "line", { x1: LEFT, x2: width - RIGHT, y1: y, y2: y });
        make(labels, "text", { x: LEFT - 8, y: y + 4, "text-anchor": "end" }, text);
      }
      make(this.paper, "line", { x1: LEFT, x2: width - RIGHT, y1: floor, y2: floor, class: "base" });
      let free = 0;
      for (const [place, text] of this.across) {
        const x = this.x(place), half = text.length * 3.6;
        if (x - half < free) continue;
        free = x + half + 10;
        make(labels, "text", { x, y: floor + 17, "text-anchor": "middle" }, text);
      }
      make(labels, "text", { x: 8, y: 16 }, `\u2191 ${this.captions[0]}`);
      make(labels, "text", { x: width - RIGHT, y: this.height - 7, "text-anchor": "end" }, `${this.captions[1]} \u2192`);
    }

    path(xs, ys, from = 0, to = xs.length - 1) {
      let text = "", down = false;
      for (let i = from; i <= to; i += 1) {
        if (ys[i] === null) { down = false; continue; }
        text += `${down ? "L" : "M"}${this.x(xs[i]).toFixed(2)} ${this.y(ys[i]).toFixed(2)}`;
        down = true;
      }
      return text;
    }
  }

  class Histogram extends Plot {
    constructor(holder, column) {
      super(holder, 280, 0, column.top, column.across, column.up, [column.caption, column.axis], column.title);
      this.column = column;
    }

    draw(step) {
      this.fit();
      this.moving.replaceChildren();
      const shown = curves(this.column, step.frame);
      this.bars(step);
      if (step.phase === M) this.lines(curves(this.column, step.frame - 1), "before");
      this.lines(shown, "");
      const sum = shown.x.map((_, i) => shown.heights.reduce((all, line) => all + line[i], 0));
      make(this.moving, "path", { d: this.path(shown.x, sum), class: "mixture" });
      this.badges(shown, sum);
    }

    bars(step) {
      const { edges, bars } = this.column, floor = this.y(0);
      const tinted = tape.tinted && (step.phase === E || step.phase === M);
      const held = tinted ? shares(this.column, step.phase === M ? step.frame - 1 : step.frame) : null;
      const layers = tinted ? tape.components.map(() => "") : [];
      let rest = "";
      const gap = this.x(edges[1]) - this.x(edges[0]) > 4 ? 1 : 0;
      bars.forEach((height, i) => {
        if (height <= 0) return;
        const left = this.x(edges[i]).toFixed(2), right = (this.x(edges[i + 1]) - gap).toFixed(2);
        const bar = (low, high) => `M${left} ${this.y(low).toFixed(2)}V${this.y(high).toFixed(2)}H${right}V${this.y(low).toFixed(2)}Z`;
        let low = 0;
        layers.forEach((_, k) => {
          const high = low + height * held[i][k];
          if (high > low) layers[k] += bar(low, high);
          low = high;
        });
        if (low < height * 0.999) rest += bar(low, height);
      });
      make(this.moving, "path", { d: rest, class: "bars" });
      layers.forEach((d, k) => make(this.moving, "path", { d, class: `tint ${colour(tape.components[k])}` }));
      make(this.moving, "line", { x1: LEFT, x2: this.width - RIGHT, y1: floor, y2: floor, class: "base" });
    }

    lines(shown, kind) {
      shown.heights.forEach((line, k) => {
        const peak = Math.min(Math.max(...line), 2);
        const first = line.findIndex((h) => h > 0 && h >= LEAST * peak);
        if (first < 0) return;
        let end = line.length - 1;
        while (line[end] < LEAST * peak) end -= 1;
        const d = this.path(shown.x, line, first, end), floor = this.y(0).toFixed(2);
        const name = colour(tape.components[k]);
        if (!kind) make(this.moving, "path", { d: `${d}V${floor}H${this.x(shown.x[first]).toFixed(2)}Z`, class: `fill ${name}` });
        make(this.moving, "path", { d, class: `${kind || "line"} ${name}` });
      });
    }

    badges(shown, sum) {
      const taken = [];
      shown.heights
        .map((line, k) => ({ k, i: line.indexOf(Math.max(...line)) }))
        .filter(({ k, i }) => shown.heights[k][i] > 0)
        .sort((a, b) => shown.x[a.i] - shown.x[b.i])
        .forEach(({ k, i }) => {
          const x = Math.min(Math.max(this.x(shown.x[i]), LEFT + BADGE / 2), this.width - RIGHT - BADGE / 2);
          const peak = this.y(shown.heights[k][i]), over = this.y(sum[i]);
          let y = Math.max((over > peak - 2 * BADGE ? over : peak) - BADGE, BADGE / 2 + 2);
          while (taken.some(([a, b]) => Math.abs(a - x) <= BADGE && Math.abs(b - y) <= BADGE)) y -= BADGE + 2;
          if (y < BADGE / 2) return;
          taken.push([x, y]);
          const identity = tape.components[k], wide = identity < 100 ? BADGE : 1.5 * BADGE;
          const badge = make(this.moving, "g", { class: `badge ${colour(identity)}` });
          make(badge, "rect", { x: x - wide / 2, y: y - BADGE / 2, width: wide, height: BADGE, rx: 4 });
          make(badge, "text", { x, y: y + 4, "text-anchor": "middle" }, String(identity));
        });
    }
  }

  class Trace extends Plot {
    constructor(holder) {
      const { low, high, across, up } = tape.trace;
      super(holder, 216, low, high, across, up, ["Log-likelihood", "Iteration"], "Log-likelihood by iteration.", 50);
      const end = Math.max(1, tape.numbers[last]);
      this.places = tape.numbers.map((number) => number / end);
      this.heights = tape.log_likelihood.map((value) => (value === null ? null : value - tape.trace.origin));
      this.line = this.heights.map((height) => (height === null || height < low ? null : height));
      const scrub = (event) => {
        const box = this.svg.getBoundingClientRect();
        const place = ((event.clientX - box.left) / box.width * this.width - LEFT) / (this.width - LEFT - RIGHT);
        let nearest = 0;
        this.places.forEach((one, i) => { if (Math.abs(one - place) < Math.abs(this.places[nearest] - place)) nearest = i; });
        pause();
        goTo(steps.findLastIndex((step) => step.frame === nearest));
      };
      this.svg.addEventListener("pointerdown", (event) => {
        this.svg.setPointerCapture(event.pointerId);
        scrub(event);
      });
      this.svg.addEventListener("pointermove", (event) => { if (event.buttons & 1) scrub(event); });
    }

    draw(step) {
      this.fit();
      this.moving.replaceChildren();
      const { frame } = step;
      make(this.moving, "path", { d: this.path(this.places, this.line, frame, last), class: "trace future" });
      make(this.moving, "path", { d: this.path(this.places, this.line, 0, frame), class: "trace" });
      const x = this.x(this.places[frame]), text = String(tape.numbers[frame]);
      const wide = Math.max(20, 8 + 7.5 * text.length);
      const middle = Math.min(Math.max(x, LEFT + wide / 2 - 20), this.width - RIGHT + 8 - wide / 2);
      make(this.moving, "line", { x1: x, x2: x, y1: this.over - 12, y2: this.height - BOTTOM, class: "playhead" });
      const flag = make(this.moving, "g", { class: "flag" });
      make(flag, "rect", { x: middle - wide / 2, y: this.over - 28, width: wide, height: 16, rx: 4 });
      make(flag, "text", { x: middle, y: this.over - 16, "text-anchor": "middle" }, text);
      const bound = step.phase === M ? tape.bound_after_m[frame] : null;
      const y = this.y(this.heights[frame] ?? this.bottom);
      if (bound !== null && tape.log_likelihood[frame] !== null) {
        make(this.moving, "circle", { cx: x, cy: y, r: 4.5, class: "hollow" });
        make(this.moving, "circle", { cx: x, cy: this.y(bound - tape.trace.origin), r: 4.5 });
      } else if (this.heights[frame] !== null) {
        make(this.moving, "circle", { cx: x, cy: y, r: 4.5 });
      }
    }
  }

  // ---- the page

  const plots = [];
  for (const column of tape.columns) plots.push(new Histogram(put(byId("columns"), "div"), column));
  plots.push(new Trace(byId("trace")));
  const cells = [];

  function makeTable() {
    const head = put(put(byId("parameters"), "thead"), "tr");
    if (tape.components.length) put(head, "th", "Component", { scope: "col" });
    for (const parameter of tape.parameters) {
      put(head, "th", parameter.unit ? `${parameter.name} (${parameter.unit})` : parameter.name, { scope: "col" });
    }
    const body = put(byId("parameters"), "tbody");
    const rows = tape.components.length ? tape.components : [null];
    rows.forEach((identity) => {
      const row = put(body, "tr");
      if (identity !== null) {
        const name = put(row, "th", "", { scope: "row" });
        put(name, "span", String(identity), { class: `number ${colour(identity)}` });
      }
      cells.push(tape.parameters.map(() => put(row, "td")));
    });
  }

  function words(step) {
    const number = tape.numbers[step.frame], end = tape.numbers[last];
    const phase = step.phase ? `, ${step.phase}` : "";
    const where = `Iteration ${number} of ${end}${phase}`;
    const value = total(tape.log_likelihood[step.frame]);
    if (step.phase === START && halves) return `${where}: log-likelihood ${value}`;
    const bound = step.phase === M ? tape.bound_after_m[step.frame] : null;
    if (bound !== null) {
      const gap = tape.log_likelihood[step.frame] - bound;
      return `${where}: log-likelihood ${value}, lower bound ${total(bound)}, gap ${gap < 1e-9 ? 0 : Number(gap.toPrecision(3))}`;
    }
    const note = tape.notes[number];
    const ending = step.frame === last && tape.ending ? `. ${tape.ending}` : "";
    return `${where}: log-likelihood ${value}${step.phase === E ? ", lower bound touches" : ""}${note ? ` (${note})` : ""}${ending}`;
  }

  function draw() {
    const step = steps[at];
    for (const plot of plots) plot.draw(step);
    tape.parameters.forEach((_, p) => {
      const texts = columnOf(tape.values[step.frame][p]);
      cells.forEach((row, k) => { if (row[p].textContent !== texts[k]) row[p].textContent = texts[k]; });
    });
    const slider = byId("slider"), said = words(step);
    slider.max = String(steps.length - 1);
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", said);
    byId("said").textContent = said;
    byId("said").setAttribute("aria-live", playing ? "off" : "polite");
    for (const id of ["to-start", "back"]) byId(id).disabled = at === 0;
    for (const id of ["forward", "to-end"]) byId(id).disabled = at === steps.length - 1;
  }

  function goTo(place) {
    at = Math.min(Math.max(place, 0), steps.length - 1);
    draw();
  }

  // ---- playing

  let since = 0, request = 0;

  function tick(now) {
    if (!playing) return;
    const each = 1000 / Number(byId("speed").value);
    if (at === steps.length - 1) { pause(); return; }
    const due = Math.floor((now - since) / each);
    if (due > 0) {
      since = due > 5 ? now : since + due * each;
      goTo(at + due);
    }
    request = requestAnimationFrame(tick);
  }

  function play() {
    if (at === steps.length - 1) at = 0;
    playing = true;
    since = performance.now();
    byId("play").textContent = "Pause";
    draw();
    request = requestAnimationFrame(tick);
  }

  function pause() {
    if (!playing) return;
    playing = false;
    cancelAnimationFrame(request);
    byId("play").textContent = "Play";
    draw();
  }

  function step(by) {
    pause();
    goTo(at + by);
  }

  const ends = () => steps.length - 1;
  const doing = {
    "to-start": () => step(-ends()), back: () => step(-1), play: () => (playing ? pause() : play()),
    forward: () => step(1), "to-end": () => step(ends()),
  };
  for (const [id, act] of Object.entries(doing)) byId(id).addEventListener("click", act);
  byId("slider").addEventListener("input", (event) => { pause(); goTo(Number(event.target.value)); });
  const halfBox = byId("halves");
  halfBox.checked = halves;
  halfBox.addEventListener("change", () => {
    const { frame } = steps[at];
    halves = halfBox.checked;
    steps = stepsOf(halves);
    goTo(steps.findLastIndex((one) => one.frame === frame));
  });
  byId("half-steps").hidden = !tape.halves;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const tag = event.target.tagName, inSlider = event.target.id === "slider";
    if (tag === "SELECT") return;
    const keys = { ArrowRight: "forward", ArrowLeft: "back", Home: "to-start", End: "to-end" };
    if (event.key === " " && (tag !== "BUTTON" && (tag !== "INPUT" || inSlider))) {
      event.preventDefault();
      doing.play();
    } else if (keys[event.key] && !inSlider) {
      event.preventDefault();
      doing[keys[event.key]]();
    }
  });

  makeTable();
  byId("speed").value = steps.length > 1000 ? "100" : steps.length > 300 ? "30" : steps.length > 60 ? "10" : "4";
  draw();
  new ResizeObserver(() => draw()).observe(byId("trace"));
})();
