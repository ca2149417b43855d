/* The trends: what the server sends of the session's history, drawn by plotly in a later frame.
 *
 * The numbers never wait for a picture. Every bucket is drawn with its lowest and its highest value, so a
 * short desaturation stays visible however long the session; a missing bucket is a gap, not a bridge.
 */
'use strict';
window.dripwatch = window.dripwatch || {};

dripwatch.trends = (() => {
  const LEVELS = ['', 'low', 'medium', 'high'];
  const AXES = [                               // [axis, signal, least range, step by which it grows, furthest]
    ['yaxis', 'hr', [40, 130], 10, [0, 300]],
    ['yaxis2', 'spo2', [84, 101], 5, [0, 101]],
    ['yaxis3', 'nibp', [32, 206], 20, [0, 300]],
  ];
  const held = {hr: new Map(), spo2: new Map(), nibp: new Map(), width: 5, span: 2400};
  let waiting = false;

  function take(message) {
    held.width = message.width ?? held.width;
    held.span = message.span ?? held.span;
    for (const signal of ['hr', 'spo2', 'nibp']) {
      if (message.whole) held[signal].clear();
      for (const row of message[signal] ?? []) held[signal].set(row[0], row);
    }
    if (!waiting) { waiting = true; requestAnimationFrame(() => setTimeout(draw)); }
  }

  /* Both ends of each bucket, nearer end first; null where a bucket is missing. */
  function line(rows) {
    const x = [], y = [];
    let before = null;
    for (const [i, lo, hi] of [...rows.values()].sort((a, b) => a[0] - b[0])) {
      const t = (i + 0.5) * held.width, last = y[y.length - 1];
      if (before !== null && i > before + 1) { x.push(t); y.push(null); }
      const ends = Math.abs(last - hi) < Math.abs(last - lo) ? [hi, lo] : [lo, hi];
      x.push(t, t);
      y.push(...ends);
      before = i;
    }
    return {x, y};
  }

  function newest(rows) {
    const last = [...rows.values()].reduce((a, b) => (a && a[0] > b[0] ? a : b), null);
    return last ? {x: [(last[0] + 0.5) * held.width], y: [(last[1] + last[2]) / 2]} : {x: [], y: []};
  }

  function cuff(level) {
    const rows = [...held.nibp.values()].filter((row) => (row[4] || '') === level).sort((a, b) => a[0] - b[0]);
    const column = (i) => ({x: rows.map((row) => row[0]), y: rows.map((row) => row[i])});
    const bar = {x: rows.flatMap(([t]) => [t, t, null]), y: rows.flatMap(([, sys, dia]) => [sys, dia, null])};
    return {bar, sys: column(1), dia: column(2), map: column(3)};
  }

  function traces() {
    const all = {hr: line(held.hr), spo2: line(held.spo2), 'hr-now': newest(held.hr), 'spo2-now': newest(held.spo2)};
    for (const level of LEVELS) {
      for (const [kind, points] of Object.entries(cuff(level))) all[`${kind}-${level}`] = points;
    }
    return all;
  }

  /* With a pleth the charts leave a band for it. */
  function places({meta}) {
    const {pleth = ''} = document.getElementById('screen').dataset, domains = meta[pleth];
    const change = {[`annotations[${AXES.length}].visible`]: pleth !== ''};
    AXES.forEach(([axis, signal], i) => {
      change[axis + '.domain'] = domains[signal];
      change[`annotations[${i}].y`] = domains[signal][1];
    });
    return change;
  }

  function layout() {
    const step = held.span <= 1200 ? 120 : held.span <= 3600 ? 300 : held.span <= 7200 ? 900 : 1800;
    const ticks = Array.from({length: Math.floor(held.span / step) + 1}, (_, i) => i * step);
    const clock = (t) => `${Math.floor(t / 3600)}:${String(Math.floor(t / 60) % 60).padStart(2, '0')}`;
    const change = {'xaxis.type': 'linear', 'xaxis.range': [0, held.span], 'xaxis.tickvals': ticks,
                    'xaxis.ticktext': ticks.map(clock)};
    for (const [axis, signal, least, by, most] of AXES) {
      let [low, high] = least;
      for (const row of held[signal].values()) {
        for (const value of row.slice(1, 3)) {
          if (value === null) continue;
          if (value < low) low = Math.max(most[0], Math.floor(value / by) * by - by / 5);
          if (value > high) high = Math.min(most[1], Math.ceil(value / by) * by + by / 5);
        }
      }
      change[axis + '.range'] = [low, high];
    }
    return change;
  }

  function draw() {
    const graph = document.querySelector('#trends .js-plotly-plot');
    if (!graph?.data || !window.Plotly) return void setTimeout(draw, 200);   // plotly is still on its way
    waiting = false;
    const points = traces(), index = [], x = [], y = [];
    graph.data.forEach(({name}, i) => {
      if (points[name]) { index.push(i); x.push(points[name].x); y.push(points[name].y); }
    });
    window.Plotly.update(graph, {x, y}, {...layout(), ...places(graph.layout)}, index);
  }

  return {take};
})();
