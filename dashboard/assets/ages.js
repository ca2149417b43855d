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
  const NIBP_GONE = 15 * 60000;              // ms of the session (rules.md T-3)
  const CONTINUOUS = ['hr', 'spo2'], EPISODIC = ['nibp', 'nibp-map'];
  const values = {};                         // id -> {text, age, at}: age in ms when painted, at on our clock

  const set = (id, text) => {
    const element = document.getElementById(id);
    if (element && element.textContent !== text) element.textContent = text;
  };
  const mark = (id, stale) => {
    const tile = document.getElementById(id + '-tile');
    if (tile && (tile.dataset.stale || '') !== stale) tile.dataset.stale = stale;
  };
  const speed = () => Number(document.getElementById('screen').dataset.speed) || 1;

  /* {hr: ["81", 40]}: `delay` is how late this message was, in ms. */
  function take(live, delay) {
    const at = performance.now();
    for (const [id, [text, age]] of Object.entries(live)) {
      const late = EPISODIC.includes(id) ? delay * speed() : delay;
      values[id] = {text, age: age === null ? null : age + late, at};
    }
    check();
  }

  /* After a sleep nothing we hold can be trusted: "--" until the server speaks again. */
  function expire() {
    for (const value of Object.values(values)) value.text = '--';
    check();
  }

  function now(value, rate) {
    return value.age === null ? null : value.age + (performance.now() - value.at) * rate;
  }

  function continuous(id, value) {
    const age = now(value, 1), seconds = Math.floor(age / 1000);
    const gone = age === null || age >= GONE || value.text === '--';
    const words = age === null || age < AGED ? '' : gone ? `no data for ${words4(seconds)}` : `${seconds} s ago`;
    set(id, gone ? '--' : value.text);
    set(id + '-age', words);
    mark(id, gone ? 'gone' : age >= AGED ? 'aged' : '');
  }

  function episodic(id, value) {
    const age = now(value, speed()), minutes = Math.floor(age / 60000);
    const gone = age === null || age >= NIBP_GONE || value.text === '--';
    set(id, gone ? '--' : value.text);
    if (id !== 'nibp') return;
    const ago = minutes < 1 ? 'just now' : `${minutes} min ago`;
    set('nibp-age', age === null ? '' : gone ? `last reading ${ago}` : ago);
    mark(id, gone ? 'gone' : '');
  }

  const words4 = (seconds) => seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;

  function check() {
    for (const id of CONTINUOUS) if (values[id]) continuous(id, values[id]);
    for (const id of EPISODIC) if (values[id]) episodic(id, values[id]);
  }

  return {take, expire, check, words: words4};
})();
