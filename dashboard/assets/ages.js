/* The numbers and how old they are.
 *
 * A number is painted in the same task as its message arrives, with the age the server gave it; from then
 * on the browser's monotonic clock carries the age on. Only a live entry refreshes a number, a heartbeat
 * never does. So whatever stops (cable, server, this tab), an old value cannot pass for a new one.
 */
'use strict';
window.dripwatch = window.dripwatch || {};

dripwatch.ages = (() => {
  const AGED = 3000, GONE = 10000;           // ms, HR and SpO2: real time (reliability.md H01)
  const NIBP_GONE = 15 * 60000;              // ms of the session, which may run faster (rules.md T-3)
  const CONTINUOUS = ['hr', 'spo2', 'rr', 'etco2'], EPISODIC = ['nibp', 'nibp-map'];
  const values = {};                         // id -> {text, age, at}: age in ms when painted, at on our clock

  const set = (id, text) => {
    const element = document.getElementById(id);
    if (element && element.textContent !== text) element.textContent = text;
  };
  const mark = (id, stale) => {
    const tile = document.getElementById(id + '-tile');
    if (!tile || (tile.dataset.stale || '') === stale) return;
    if (stale) tile.dataset.stale = stale;
    else delete tile.dataset.stale;
  };
  const now = (value) => value.age === null ? null : value.age + performance.now() - value.at;
  const speed = () => Number(document.getElementById('screen').dataset.speed) || 1;

  /* {hr: ["81", 40]}: `delay` is how late this message was, in ms. */
  function take(live, delay) {
    const at = performance.now();
    for (const [id, [text, age]] of Object.entries(live)) {
      values[id] = {text, age: age === null ? null : age + delay, at};
    }
    check();
  }

  /* After a sleep nothing we hold can be trusted: "--" until the server speaks again. */
  function expire() {
    for (const value of Object.values(values)) value.text = '--';
    check();
  }

  function continuous(id, value) {
    const age = now(value), seconds = Math.floor(age / 1000);
    const gone = age === null || age >= GONE || value.text === '--';
    const ago = age === null || age < AGED ? '' : gone ? `no data for ${words(seconds)}` : `${seconds} s ago`;
    set(id, gone ? '--' : value.text);
    set(id + '-age', ago);
    mark(id, gone ? 'gone' : age >= AGED ? 'aged' : '');
  }

  function episodic(id, value) {
    const age = value.age === null ? null : now(value) * speed(), minutes = Math.floor(age / 60000);
    const gone = age === null || age >= NIBP_GONE || value.text === '--';
    set(id, gone ? '--' : value.text);
    if (id !== 'nibp') return;
    const ago = minutes < 1 ? 'just now' : `${minutes} min ago`;
    set('nibp-age', age === null ? '' : gone ? `last reading ${ago}` : ago);
    mark(id, gone ? 'gone' : '');
  }

  const words = (seconds) => seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;

  function check() {
    for (const id of CONTINUOUS) if (values[id]) continuous(id, values[id]);
    for (const id of EPISODIC) if (values[id]) episodic(id, values[id]);
  }

  return {take, expire, check, words};
})();
