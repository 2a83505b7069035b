/**
 * Small helpers for the page's elements. Data only ever becomes text nodes and properties, never markup.
 */

/** @param {string} id */
export const $ = (id) => document.getElementById(id);

/**
 * Makes an element.
 *
 * @param {string} tag
 * @param {Object<string, any>} [properties] properties of the element; `aria-*`, `role` and `for` become attributes
 * @param {...(Node|string|null)} children null is left out
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('aria-') || name === 'role' || name === 'for') {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button that runs an action. */
export function button(text, action, properties = {}) {
  const element = el('button', {type: 'button', className: 'small', ...properties}, text);
  element.addEventListener('click', action);
  return element;
}

/** Shows or hides a part of the form. What is hidden is disabled too, so that it neither blocks nor is sent. */
export function show(element, visible) {
  element.hidden = !visible;
  for (const control of element.querySelectorAll('input, select, textarea')) {
    control.disabled = !visible;
  }
}

/** Says something to screen readers. */
export function say(text) {
  $('live').textContent = text;
}

/** Seconds as people read them. */
export function seconds(value) {
  if (value >= 90) {
    return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
  }
  return value >= 10 ? `${value.toFixed(1)} s` : `${value.toFixed(2)} s`;
}

/** "1 step", "2 steps". */
export const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

export const times = (width, height) => `${width} × ${height}`;

/** Blobs of pictures live until they are told to go, so each image gives its former one back. */
export function setBlob(media, blob) {
  if (media.src.startsWith('blob:')) {
    URL.revokeObjectURL(media.src);
  }
  media.src = URL.createObjectURL(blob);
}

/** Empties a place and gives its pictures' memory back. */
export function clear(place) {
  place.querySelectorAll('img, video').forEach((media) => URL.revokeObjectURL(media.src));
  place.replaceChildren();
}

/** Saves a blob as a file. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  el('a', {href: url, download: name}).click();
  // The browser reads the blob after this turn; a minute is plenty.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The name of a picture's file: from its prompt and seed. */
export function fileName(prompt, seed, type) {
  const words = prompt.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 48);
  const ending = {'image/jpeg': 'jpg', 'image/webp': 'webp', 'video/mp4': 'mp4'}[type] ?? 'png';
  return `${words || 'picture'}-${seed}.${ending}`;
}

/** Asks before something is lost; resolves to true if it may be. */
export function confirmDelete(text) {
  const dialog = $('ask');
  $('ask-text').textContent = text;
  return new Promise((resolve) => {
    let answer = false;
    const close = (value) => {
      answer = value;
      dialog.close();
    };
    $('ask-yes').onclick = () => close(true);
    $('ask-no').onclick = () => close(false);
    dialog.onclose = () => resolve(answer);
    dialog.showModal();
  });
}

/** Shows a picture as large as the window allows. */
export function enlarge(image) {
  const picture = $('large-picture');
  picture.src = image.src;
  picture.alt = image.alt;
  $('large-close').onclick = () => $('large').close();
  $('large').showModal();
}
