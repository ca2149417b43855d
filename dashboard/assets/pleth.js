/* The pleth: a trace swept across its canvas at constant speed, a little behind the device, as on a bedside monitor.
 *
 * Every sample has its own time on this page's clock, and that alone decides where it is drawn: at a fixed distance
 * behind the moving edge. So what comes in pieces runs smoothly, what comes late stands in its place in the past, and
 * nothing old can pass for new. Where samples are missing there is a gap; where they stop the trace ends.
 */
'use strict';
window.dripwatch = window.dripwatch || {};

dripwatch.pleth = (() => {
  const PACE = 25 / 25.4 * 96;                 // px/s: the 25 mm/s of paper and monitors, at CSS' 96 px an inch
  const SHORTEST = 8, LONGEST = 10;            // s across the canvas: a narrow one is slower, a wide one faster
  const GAP = 24, PEN = 2.5;                   // px: blank ahead of the edge, and the line
  const SPARE = 200;                           // ms a stretch may come late and still be in time
  const SILENT = 1000;                         // ms without a sample after which nothing is shown
  const SLIP = 500;                            // ms a stretch may be off the one it joins before it is placed anew
  const DRIFT = 0.1;                           // share of that made up for at each stretch: clocks of devices vary
  const STEADY = 6000;                         // ms whose lowest and highest value make the scale
  const LEAST = 8;                             // units the scale has at least: noise is not made a pulse
  const WIDEN = 100, NARROW = 3000;            // ms of inertia of the scale
  const STALL = 300;                           // ms between two frames in which this page could do nothing at all
  const STEP = 1000;                           // ms between two drawings for people who want little motion
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const samples = [];                          // {t: ms on our clock, v: in the device's units, joins: to the one before}
  const state = {open: false, last: 0, since: -Infinity, end: 0, period: 0, lag: 0,
                 edge: -Infinity, clear: -Infinity, drawn: 0, looked: 0, stalled: 0, frame: 0, color: ''};
  const scale = {low: NaN, high: NaN, least: 0, most: 0};
  let canvas = null, pen = null;

  const newest = () => samples.length ? samples[samples.length - 1].t : -Infinity;
  const speed = () => Number(document.getElementById('screen').dataset.speed) || 1;
  /* Milliseconds across the canvas; of a replay twice as fast half as many, so that a beat keeps its shape. */
  const span = () => Math.min(LONGEST, Math.max(SHORTEST, canvas.clientWidth / PACE)) * 1000 / speed();

  // Samples

  /* After a full message: stretches are taken from now on. */
  function begin() { state.open = true; }

  /* [[number, samples a second, age of the first in ms, joins on, values], ...], which came `delay` ms late. */
  function take(rows, delay) {
    if (!state.open || !prepare()) return;
    const now = performance.now(), oldest = now - 2 * span();
    for (const [n, fs, age, joins, values] of rows) {
      if (n <= state.last) continue;           // a screen that asks for everything gets some again
      const at = now - delay - age;
      if (at > Math.max(state.since, oldest)) add(at, 1000 / fs, joins && n === state.last + 1, values);
      state.last = n;
    }
    while (samples.length && samples[0].t < oldest) samples.shift();
    const recent = samples.filter(({t}) => t > now - STEADY).map(({v}) => v);
    Object.assign(scale, {least: Math.min(...recent), most: Math.max(...recent)});
    if (!state.frame && samples.length) state.frame = requestAnimationFrame(draw);
  }

  /* Times come from arrivals and are uneven; the samples of a chain of stretches are not. */
  function add(at, period, joins, values) {
    const off = at - state.end, chained = joins && samples.length && period === state.period && Math.abs(off) < SLIP;
    const from = chained ? state.end : at, step = period + (chained ? off * DRIFT / values.length : 0);
    while (newest() >= from) samples.pop();
    if (from < state.edge) state.edge = state.clear = samples.length ? newest() : from;     // late: drawn in its place
    values.forEach((v, i) => samples.push({t: from + i * step, v, joins: i > 0 || chained}));
    Object.assign(state, {end: from + values.length * step, period, lag: Math.max(state.lag, values.length * period + SPARE)});
  }

  // Drawing

  function draw() {
    const now = performance.now(), edge = now - state.lag;
    if (now - state.looked > STALL) state.stalled = now;                 // what came meanwhile still waits to be taken
    state.looked = now;
    if (edge - newest() > SILENT && now - state.stalled > STALL) return blank();
    state.frame = requestAnimationFrame(draw);
    if (!canvas.width || edge <= state.edge || (calm.matches && now - state.drawn < STEP)) return;
    adjust(Math.min(now - state.drawn, STEP));
    sweep(edge);
    Object.assign(state, {edge, drawn: now});
    show('live');
  }

  /* The scale follows the samples, which are known before they are drawn. */
  function adjust(passed) {
    const middle = (scale.least + scale.most) / 2, half = Math.max(LEAST, scale.most - scale.least) / 2;
    const ease = (is, to, wider) => Number.isNaN(is) ? to : is + (to - is) * (1 - Math.exp(-passed / (wider ? WIDEN : NARROW)));
    scale.low = ease(scale.low, middle - half, middle - half < scale.low);
    scale.high = ease(scale.high, middle + half, middle + half > scale.high);
  }

  /* Draw what lies between the edge as it was and as it is now, and keep a gap ahead of it. */
  function sweep(edge) {
    const {width, height, clientWidth} = canvas, rim = PEN * width / clientWidth, across = span();
    const gap = across * GAP / clientWidth, from = Math.max(state.edge, edge + gap - across);
    const x = (t) => (t / across % 1 + 1) % 1 * width;                   // t < 0: before this page was loaded
    const y = (v) => rim + (height - 2 * rim) * Math.min(1, Math.max(0, (scale.high - v) / (scale.high - scale.low)));
    clear(Math.max(state.clear, from), edge + gap, x, width / across);
    pen.beginPath();
    let i = samples.length;
    while (i > 0 && samples[i - 1].t >= from) i--;
    for (; i < samples.length && samples[i].t <= edge; i++) {
      const now = samples[i], before = samples[i - 1];
      if (!now.joins || !before || x(before.t) > x(now.t)) continue;
      pen.moveTo(x(before.t), y(before.v));
      pen.lineTo(x(now.t), y(now.v));
    }
    pen.stroke();
  }

  /* Up to the new end of the gap, around the end of the canvas. What is blank already stays: half a line may reach in. */
  function clear(from, to, x, pace) {
    const left = Math.floor(x(from)), right = Math.ceil(left + (to - from) * pace);
    pen.clearRect(left, 0, right - left, canvas.height);
    pen.clearRect(0, 0, right - canvas.width, canvas.height);
    state.clear = to;
  }

  /* Nothing that was drawn is of now, and nothing as old is drawn again. The words in its place are the server's. */
  function blank() {
    cancelAnimationFrame(state.frame);
    samples.length = 0;
    Object.assign(state, {since: performance.now() - state.lag, frame: 0, lag: 0, edge: -Infinity, clear: -Infinity});
    if (!canvas) return;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    show('blank');
  }

  function show(what) {
    const {dataset} = canvas.parentElement;
    if (dataset.state !== what) dataset.state = what;
  }

  /* This page slept, or the link is lost: nothing is taken before everything has been sent anew. */
  function stop() {
    state.open = false;
    blank();
  }

  /* The canvas, as soon as it is there; drawn anew when its size or colour changes. */
  function prepare() {
    if (!canvas) {
      canvas = document.getElementById('pleth-trace');
      if (!canvas) return false;
      pen = canvas.getContext('2d');
      new ResizeObserver(size).observe(canvas);
    }
    const {color} = getComputedStyle(canvas);
    if (color !== state.color) { state.color = color; size(); }
    return true;
  }

  function size() {
    canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
    canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
    Object.assign(pen, {strokeStyle: state.color, lineWidth: PEN * devicePixelRatio, lineCap: 'round', lineJoin: 'round'});
    state.edge = state.clear = -Infinity;
  }

  return {begin, take, stop};
})();
