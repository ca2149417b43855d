/* Alarm sounds: the second channel (the station's own is the first).
 *
 * The server says what is to be heard (data-sound of the screen); a lost link is a medium alarm of the
 * browser's own. A browser may refuse sound until somebody touches the page: that is watched and shown.
 */
'use strict';
window.dripwatch = window.dripwatch || {};

/* rules.md section 4 (after IEC 60601-1-8): pulses, time between bursts, pulse length, rise, tone.
 * Our choice inside it (D): gaps between pulses, notes. `gaps` are ms from the end of a pulse to the next. */
dripwatch.TONES = {
  high: {every: 10000, pulse: 140, note: 740, gaps: [90, 90, 260, 90, 700, 90, 90, 260, 90]},  // 2 x 5, rhythm 3 + 2
  medium: {every: 25000, pulse: 180, note: 560, gaps: [180, 180]},
  low: {every: 30000, pulse: 200, note: 440, gaps: [200]},
  rise: 0.2,                                       // of the pulse: 10-40 %
  harmonics: [0, 1, 0.8, 0.7, 0.55, 0.45, 0.3],    // of f0 (150-1000 Hz): at least 4 in 300-4000 Hz, within 11 dB
  gain: 0.5,
};

dripwatch.sound = (() => {
  const TONES = dripwatch.TONES, RANKS = ['', 'low', 'medium', 'high'];
  const PAUSE = 120000;                            // ms: no audio pause outlasts a lost link by more
  const log = window.dripwatchSound = {bursts: []};
  const root = document.documentElement;
  let context = null, wave = null, playing = null, current = '', due = 0, reminded = null, lost = 0;

  function open() {
    try {
      context = new AudioContext();
      wave = context.createPeriodicWave(new Float32Array(TONES.harmonics.length), new Float32Array(TONES.harmonics));
      context.onstatechange = () => check();
    } catch (error) { console.warn('dripwatch: no sound', error); }
  }

  const running = () => context !== null && context.state === 'running';

  function burst(priority) {
    log.bursts.push({time: Date.now(), priority, heard: running()});
    if (log.bursts.length > 200) log.bursts.shift();
    if (!running()) return;
    stop();
    const {pulse, note, gaps} = TONES[priority], out = context.createGain();
    out.connect(context.destination);
    let at = context.currentTime + 0.01;
    for (const gap of [...gaps, 0]) {
      beep(out, note, at, pulse / 1000);
      at += (pulse + gap) / 1000;
    }
    playing = out;
  }

  function beep(out, note, at, length) {
    const tone = context.createOscillator(), shape = context.createGain(), rise = length * TONES.rise;
    tone.setPeriodicWave(wave);
    tone.frequency.value = note;
    shape.gain.setValueAtTime(0, at);
    shape.gain.linearRampToValueAtTime(TONES.gain, at + rise);
    shape.gain.setValueAtTime(TONES.gain, at + length - rise);
    shape.gain.linearRampToValueAtTime(0, at + length);
    tone.connect(shape).connect(out);
    tone.start(at);
    tone.stop(at + length);
  }

  function stop() {
    if (!playing) return;
    const old = playing;
    old.gain.setTargetAtTime(0, context.currentTime, 0.01);
    setTimeout(() => old.disconnect(), 100);
    playing = null;
  }

  /* What should be heard now. A known pause silences the lost link too, but never for longer than a pause lasts. */
  function wanted() {
    const {sound = ''} = document.getElementById('screen').dataset;
    const paused = document.getElementById('pause').dataset.state === 'on';
    if (!lost || (paused && lost < PAUSE)) return sound;
    return RANKS.indexOf(sound) > RANKS.indexOf('medium') ? sound : 'medium';
  }

  function check(silent) {
    if (silent !== undefined) lost = silent;
    if (!document.getElementById('screen')) return;
    const level = wanted(), now = performance.now(), {remind = ''} = document.getElementById('screen').dataset;
    if (level !== current) {
      if (RANKS.indexOf(level) > RANKS.indexOf(current)) due = 0;
      else stop();
      if (level && due) due = now + TONES[level].every;
      current = level;
    }
    if (level && now >= due) {
      burst(level);
      due = now + TONES[level].every;
    }
    if (reminded !== null && remind !== reminded && remind !== '' && document.getElementById('pause').dataset.state !== 'on') burst('high');
    reminded = document.documentElement.dataset.link === 'starting' ? null : remind;
    show(level);
  }

  function show(level) {
    const blocked = !running(), paused = document.getElementById('pause').dataset.state === 'on';
    root.dataset.audio = blocked ? 'blocked' : 'running';
    root.dataset.sound = level;
    const words = blocked ? 'SOUND BLOCKED – touch the screen' : paused ? 'Audio paused' : 'Sound on';
    for (const [id, text] of [['sound', words], ['sound-state', blocked ? 'blocked' : 'test tone'],
                              ['sound-banner', blocked && level ? words : '']]) {
      const element = document.getElementById(id);
      if (element && element.textContent !== text) element.textContent = text;
    }
  }

  function unlock() {
    if (context === null) open();
    if (!running()) context?.resume().then(() => { due = 0; check(); });   // heard at once, not at the next burst
  }

  open();
  // A finger allows sound only when it is lifted, a mouse and a key at once.
  for (const gesture of ['pointerdown', 'pointerup', 'click', 'keydown']) addEventListener(gesture, unlock, true);
  addEventListener('click', (event) => { if (event.target.closest('#sound-test')) burst('medium'); });
  return {check};
})();
