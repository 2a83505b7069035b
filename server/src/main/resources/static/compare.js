/**
 * Two pictures on top of each other and a slider between them.
 */

import {el, seconds, setBlob} from './dom.js';

/**
 * @typedef {{name: string, blob: Blob, time: number, expected: number}} Side `time` in seconds, `expected` the plan's
 *     speed-up as computed
 * @param {Side} left
 * @param {Side} right
 * @param {{prompt: string, width: number, height: number}} fields
 */
export function compareView(left, right, fields) {
  const below = el('img', {alt: `${right.name}: ${fields.prompt}`});
  const above = el('img', {alt: `${left.name}: ${fields.prompt}`});
  setBlob(below, right.blob);
  setBlob(above, left.blob);
  const line = el('div', {className: 'split'});
  const frame = el('div', {className: 'frame'}, below, above,
    line, el('span', {className: 'tag left'}, left.name), el('span', {className: 'tag right'}, right.name));
  frame.style.aspectRatio = `${fields.width} / ${fields.height}`;
  const slider = el('input', {type: 'range', min: 0, max: 100, value: 50, id: 'split'});
  const move = () => {
    const share = slider.valueAsNumber;
    above.style.clipPath = `inset(0 ${100 - share}% 0 0)`;
    line.style.left = `${share}%`;
    slider.setAttribute('aria-valuetext', `${share} % ${left.name}, ${100 - share} % ${right.name}`);
  };
  slider.addEventListener('input', move);
  const drag = (event) => {
    if (event.buttons & 1) {
      const box = frame.getBoundingClientRect();
      slider.value = 100 * (event.clientX - box.left) / box.width;
      move();
    }
  };
  frame.addEventListener('pointerdown', (event) => {
    frame.setPointerCapture(event.pointerId);
    drag(event);
  });
  frame.addEventListener('pointermove', drag);
  move();
  const view = el('figure', {className: 'compare', id: 'compare-view'},
    frame,
    el('label', {for: 'split', className: 'sr'}, `How much of ${left.name} is shown over ${right.name}`),
    slider,
    el('figcaption', {}, el('strong', {}, verdict(left, right)), ' ', expectation(left, right)));
  view.style.maxWidth = `min(${Math.max(fields.width, 720)}px, ${75 * fields.width / fields.height}vh)`;
  return view;
}

function verdict(left, right) {
  const [fast, slow] = left.time <= right.time ? [left, right] : [right, left];
  const measured = (slow.time / fast.time).toFixed(2);
  return `${fast.name} took ${seconds(fast.time)}, ${slow.name} ${seconds(slow.time)}: ${measured} times as fast.`;
}

function expectation(left, right) {
  const [fast, slow] = left.time <= right.time ? [left, right] : [right, left];
  const computed = (fast.expected / slow.expected).toFixed(2);
  return `Computed: ${computed}. The first picture after a start may take longer.`;
}
