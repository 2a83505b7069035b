/**
 * The form: what the server's models offer, the settings that are asked for, and settings put back.
 */

import {$, el, show} from './dom.js';
import {drawStages, planWords} from './shape.js';
import * as input from './input.js';

/** Usual shapes, by the sides' ratio. */
const RATIOS = [
  ['Square', 1, 1], ['4:3', 4, 3], ['3:2', 3, 2], ['16:9', 16, 9], ['3:4', 3, 4], ['2:3', 2, 3], ['9:16', 9, 16],
];

/** Optional fields whose control has the name of the server's field. */
const NUMBERS = ['guidance_scale', 'true_cfg_scale', 'num_inference_steps', 'output_compression', 'num_frames', 'fps'];

/** @type {object[]} */
let models = [];
let lastSeed = null;

/** The chosen model, undefined while there is none. */
export const model = () => models.find((candidate) => candidate.id === $('model').value);

const planOf = (name) => model()?.plans.find((plan) => plan.name === name);

export const stagesOf = (name) => planOf(name)?.stages ?? [{width: 1, height: 1, steps: 1}];

export const speedUpOf = (name) => planOf(name)?.speed_up ?? 1;

export const comparing = () => $('compare').checked && !$('compare').disabled;

/** Takes the server's models over. */
export function setModels(list) {
  models = list;
  $('model').replaceChildren(...models.map((each) =>
    el('option', {value: each.id}, each.kind === 'video' ? `${each.id} (video)` : each.id)));
  modelChanged();
}

function modelChanged() {
  const chosen = model();
  if (!chosen) {
    return;
  }
  const video = chosen.kind === 'video';
  for (const [id, selected] of [['plan', chosen.default_plan], ['plan-b', otherPlan(chosen)]]) {
    $(id).replaceChildren(...chosen.plans.map((plan) => el('option', {value: plan.name}, planLabel(plan))));
    $(id).value = selected;
  }
  show($('n-field'), !video);
  $('n').max = chosen.max_n ?? 10;
  show($('frames-field'), video);
  $('num_frames').placeholder = chosen.default_frames ?? '';
  show($('fps-field'), video);
  show($('format-field'), !video);
  show($('compare-field'), !video && chosen.plans.length > 1);
  show($('lora-field'), !video && chosen.loras?.length > 0);
  $('lora').replaceChildren(el('option', {value: ''}, 'none'),
    ...(chosen.loras ?? []).map((name) => el('option', {value: name}, name)));
  input.offer(video ? {} : chosen);
  $('model-hint').textContent = chosen.needs_image
    ? `This model changes a picture${chosen.needs_mask ? ' under a mask' : ''}: add one below.` : '';
  $('model-hint').hidden = !chosen.needs_image;
  for (const side of ['width', 'height']) {
    $(side).min = chosen.size_multiple;
    $(side).step = chosen.size_multiple;
  }
  offerRatios();
  $('ratio').value = 'default';
  ratioChanged();
  comparisonChanged();
  formatChanged();
}

const otherPlan = (chosen) =>
  chosen.plans.find((plan) => plan.name === 'baseline' && plan.name !== chosen.default_plan)?.name
  ?? chosen.plans.find((plan) => plan.name !== chosen.default_plan)?.name ?? chosen.default_plan;

const planLabel = (plan) => plan.speed_up > 1.05 ? `${plan.name} (${plan.speed_up.toFixed(1)} × as fast)` : plan.name;

function planChanged() {
  const plan = planOf($('plan').value);
  if (plan) {
    drawStages($('plan-shape'), plan.stages);
    drawStages($('empty-shape'), plan.stages);
    $('plan-words').textContent = planWords(plan);
  }
  const second = planOf($('plan-b').value);
  $('plan-b-words').textContent = second ? planWords(second) : '';
  show($('steps-field'), $('plan').value === 'baseline' && !comparing());
}

function comparisonChanged() {
  show($('plan-b-field'), comparing());
  show($('n-field'), model()?.kind !== 'video' && !comparing());
  $('make').textContent = comparing() ? 'Compare plans' : model()?.kind === 'video' ? 'Make video' : 'Make picture';
  planChanged();
}

function formatChanged() {
  show($('compression-field'), !$('output_format').disabled && $('output_format').value !== 'png');
}

/** The sides of a ratio: about as many pixels as the model's default, in its multiples. */
function sides(across, down) {
  const {default_width: width, default_height: height, size_multiple: multiple} = model();
  const unit = Math.sqrt(width * height / (across * down));
  const round = (value) => Math.max(multiple, Math.round(value / multiple) * multiple);
  return [round(unit * across), round(unit * down)];
}

function offerRatios() {
  const picture = input.size();
  $('ratio').replaceChildren(
    el('option', {value: 'default'}, 'Default'),
    ...(picture ? [el('option', {value: 'input'}, 'As the input')] : []),
    ...RATIOS.map(([name, across, down]) => el('option', {value: `${across}:${down}`}, name)),
    el('option', {value: 'own'}, 'Own'));
}

function ratioChanged() {
  const value = $('ratio').value;
  if (value === 'own') {
    sizeHint();
    return;
  }
  let size;
  if (value === 'default') {
    size = [model().default_width, model().default_height];
  } else if (value === 'input') {
    size = sides(input.size().width, input.size().height);
  } else {
    size = sides(...value.split(':').map(Number));
  }
  [$('width').value, $('height').value] = size;
  sizeHint();
}

function sizeHint() {
  const {size_multiple: multiple, max_pixels: most} = model();
  const [width, height] = [$('width').valueAsNumber, $('height').valueAsNumber];
  const tooLarge = width * height > most;
  $('height').setCustomValidity(tooLarge ? `At most ${most.toLocaleString('en')} pixels in all.` : '');
  const limit = most ? `, at most ${(most / 1e6).toFixed(1)} megapixels in all` : '';
  $('size-hint').textContent = `Multiples of ${multiple}${limit}.`;
  $('size-hint').classList.toggle('bad', tooLarge || width % multiple !== 0 || height % multiple !== 0);
}

/** An input picture came or went: its shape is the likely one for the result. */
function inputChanged() {
  if (!model()) {
    return;
  }
  const before = $('ratio').value;
  offerRatios();
  $('ratio').value = input.size() ? 'input' : before === 'input' ? 'default' : before;
  ratioChanged();
}

/**
 * The settings as the server's fields, without what is empty.
 *
 * @returns {Object<string, string|number>}
 */
export function settings() {
  const fields = {
    prompt: $('prompt').value,
    model: $('model').value,
    plan: $('plan').value,
    width: $('width').valueAsNumber,
    height: $('height').valueAsNumber,
  };
  const text = (id) => {
    if (!$(id).disabled && $(id).value.trim() !== '') {
      fields[id] = $(id).value;
    }
  };
  // A seed has 64 bits and a number of JavaScript 53, so it stays text all the way.
  if ($('seed').value.trim() !== '') {
    fields.seed = $('seed').value.trim();
  }
  text('negative_prompt');
  for (const id of NUMBERS) {
    if (!$(id).disabled && $(id).value !== '') {
      fields[id] = $(id).valueAsNumber;
    }
  }
  text('lora');
  text('output_format');
  if (!$('n').disabled) {
    fields.n = $('n').valueAsNumber;
  }
  return fields;
}

/** The second plan of a comparison. */
export const secondPlan = () => $('plan-b').value;

/**
 * Puts the settings of a finished picture or video back.
 *
 * @param {Object<string, any>} from as the server tells them
 */
export function fill(from) {
  $('prompt').value = from.prompt ?? '';
  if (models.some((each) => each.id === from.model)) {
    $('model').value = from.model;
  }
  $('compare').checked = false;
  modelChanged();
  if (planOf(from.plan)) {
    $('plan').value = from.plan;
  }
  const [width, height] = from.size ? from.size.split('x').map(Number) : [from.width, from.height];
  if (width && height) {
    $('ratio').value = width === model().default_width && height === model().default_height ? 'default' : 'own';
    [$('width').value, $('height').value] = [width, height];
  }
  $('seed').value = from.seed ?? '';
  $('n').value = 1;
  $('negative_prompt').value = from.negative_prompt ?? '';
  $('lora').value = from.lora ?? '';
  $('output_format').value = from.output_format ?? 'png';
  for (const id of NUMBERS) {
    $(id).value = from[id] ?? '';
  }
  if (from.strength !== undefined && from.strength !== null) {
    input.setStrength(from.strength);
  }
  if (['negative_prompt', 'guidance_scale', 'true_cfg_scale', 'num_inference_steps', 'lora'].some((id) => from[id])) {
    $('advanced').open = true;
  }
  sizeHint();
  comparisonChanged();
  formatChanged();
}

/** Remembers the seed of the last picture for its button. */
export function setLastSeed(seed) {
  lastSeed = seed;
  $('seed-last').disabled = false;
  $('seed-last').title = seed;
}

export function useSeed(seed) {
  $('seed').value = seed;
}

/** Marks the field that an error names. */
export function markInvalid(param) {
  const id = {size: 'width', image: 'image', mask: 'mask'}[param] ?? param;
  const field = id ? $('make-form').querySelector(`#${CSS.escape(id)}`) : null;
  if (!field || field.disabled) {
    return;
  }
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-errormessage', 'alert');
  const fold = field.closest('details');
  if (fold) {
    fold.open = true;
  }
}

export function clearInvalid() {
  for (const field of $('make-form').querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-errormessage');
  }
}

/** @param {(error: Error) => void} onError told of files that cannot be taken */
export function start(onError) {
  $('model').addEventListener('change', modelChanged);
  $('plan').addEventListener('change', planChanged);
  $('plan-b').addEventListener('change', planChanged);
  $('compare').addEventListener('change', comparisonChanged);
  $('ratio').addEventListener('change', ratioChanged);
  $('output_format').addEventListener('change', formatChanged);
  for (const side of ['width', 'height']) {
    $(side).addEventListener('input', () => {
      $('ratio').value = 'own';
      sizeHint();
    });
  }
  $('seed-last').addEventListener('click', () => useSeed(lastSeed));
  $('seed-clear').addEventListener('click', () => useSeed(''));
  // A browser cannot point at a field in a closed fold, so an invalid one opens it first.
  $('make-form').addEventListener('invalid', (event) => {
    const fold = event.target.closest('details');
    if (fold) {
      fold.open = true;
    }
  }, true);
  input.start(inputChanged, onError);
}
