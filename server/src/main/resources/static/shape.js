/**
 * A plan as a figure: a block for each stage, as wide as its steps and as high as its pictures. High, low, high looks
 * like the neck of a bottle. With progress it is the bar of a run.
 */

import {el} from './dom.js';

const FRACTIONS = new Map([[1, 'full size'], [0.75, 'three quarters'], [0.5, 'half size'], [0.25, 'a quarter']]);

/**
 * Draws a plan's stages.
 *
 * @param {HTMLElement} place
 * @param {{width: number, height: number, steps: number}[]} stages
 */
export function drawStages(place, stages) {
  const largest = Math.max(...stages.map((stage) => stage.width));
  place.replaceChildren(...stages.map((stage) => {
    const fill = el('div', {className: 'fill'});
    const block = el('div', {className: 'stage'}, fill);
    block.style.flexGrow = stage.steps;
    block.style.height = `${Math.round(100 * stage.width / largest)}%`;
    return block;
  }));
}

/**
 * Fills the figure up to a step.
 *
 * @param {HTMLElement} place
 * @param {number} stage the running one, from 1
 * @param {number} part how much of it is done, 0 to 1
 */
export function fillStages(place, stage, part) {
  [...place.children].forEach((block, index) => {
    const done = index + 1 < stage ? 1 : index + 1 === stage ? Math.min(1, part) : 0;
    block.firstChild.style.transform = `scaleX(${done})`;
    block.classList.toggle('running', index + 1 === stage && part < 1);
  });
}

/** A plan in words. Sizes are told as parts of the picture's, since they follow the size that is asked for. */
export function planWords(plan) {
  const last = plan.stages.at(-1);
  const parts = plan.stages.map((stage, index) => {
    const fraction = stage.width / last.width;
    const size = FRACTIONS.get(fraction) ?? `${Math.round(100 * fraction)} % size`;
    return `${stage.steps} ${index === 0 ? 'steps ' : ''}at ${size}`;
  });
  const stages = plan.stages.length === 1 ? '1 stage' : `${plan.stages.length} stages`;
  const faster = plan.speed_up > 1.05 ? ` About ${plan.speed_up.toFixed(1)} times as fast as baseline.` : '';
  return `${stages}: ${parts.join(', ')}.${faster}`;
}
