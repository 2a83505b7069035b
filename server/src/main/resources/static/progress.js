/**
 * The head of the result: what is going on, for how long, and the bar of stages.
 */

import {$, say, seconds} from './dom.js';
import {drawStages, fillStages} from './shape.js';

/** The progress of one run, from its request on. */
export class Progress {
  #start = performance.now();
  #timer;
  #stages = [];
  #bar = [];
  #stage = 0;
  #image = 0;
  #stageStart = 0;
  #said = '';

  constructor() {
    $('empty').hidden = true;
    $('progress').hidden = false;
    $('cancel').disabled = false;
    $('cancel').hidden = false;
    $('result').setAttribute('aria-busy', 'true');
    $('elapsed').textContent = '';
    this.#timer = setInterval(() => {
      $('elapsed').textContent = `${this.elapsed().toFixed(1)} s`;
    }, 100);
  }

  /** Seconds since the request. */
  elapsed() {
    return (performance.now() - this.#start) / 1000;
  }

  /** @param {{width: number, height: number, steps: number}[]} stages */
  plan(stages) {
    this.#stages = stages;
    this.#draw(stages);
    this.#stage = 0;
  }

  #draw(stages) {
    this.#bar = stages;
    drawStages($('bar'), stages);
    for (const name of ['aria-valuenow', 'aria-valuemax', 'aria-valuetext']) {
      $('bar').removeAttribute(name);
    }
  }

  /** Shows a text, and says it to screen readers where it is news. */
  tell(text, spoken = text) {
    $('progress-text').textContent = text;
    if (spoken !== this.#said) {
      this.#said = spoken;
      say(spoken);
    }
  }

  queued(position) {
    this.tell(position > 0 ? `Waiting, ${position} before this` : 'Waiting, next to run');
  }

  /**
   * @param {{image_index?: number, stage: number, stages: number, step: number, steps: number, width: number,
   *     height: number}} event
   * @param {string} which what is made, as "Picture 2 of 4"; may be empty
   */
  step(event, which) {
    const image = event.image_index ?? 0;
    if (event.stages !== this.#bar.length) {
      // An input picture enters the plan at a later stage.
      this.#draw(this.#stages.slice(-event.stages));
    }
    if (event.stage !== this.#stage || image !== this.#image) {
      this.#stage = event.stage;
      this.#image = image;
      this.#stageStart = event.step - 1;
    }
    const last = event.stage === event.stages;
    const planned = last ? event.steps - this.#stageStart : this.#bar[event.stage - 1]?.steps ?? event.steps;
    fillStages($('bar'), event.stage, (event.step - this.#stageStart) / planned);
    const stage = `stage ${event.stage} of ${event.stages}`;
    const head = which ? `${which}, ${stage}` : stage[0].toUpperCase() + stage.slice(1);
    const size = `${event.width} × ${event.height}`;
    $('bar').setAttribute('aria-valuemax', event.steps);
    $('bar').setAttribute('aria-valuenow', event.step);
    $('bar').setAttribute('aria-valuetext', `${stage}, step ${event.step} of ${event.steps}`);
    this.tell(`${head}: ${size}, step ${event.step} of ${event.steps}`, `${head}, ${size}`);
  }

  /** A run of which only the part is known. */
  percent(value, text) {
    fillStages($('bar'), 1, value / 100);
    $('bar').setAttribute('aria-valuemax', 100);
    $('bar').setAttribute('aria-valuenow', value);
    this.tell(`${text}, ${value} %`, text);
  }

  /** Ends it with a text that stays. */
  end(text) {
    clearInterval(this.#timer);
    $('result').removeAttribute('aria-busy');
    const hadFocus = document.activeElement === $('cancel');
    $('cancel').hidden = true;
    if (hadFocus) {
      $('make').focus();
    }
    $('elapsed').textContent = seconds(this.elapsed());
    this.tell(text);
  }

  complete() {
    fillStages($('bar'), this.#bar.length + 1, 1);
  }
}
