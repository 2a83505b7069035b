/**
 * A mask painted on a picture. The canvas has the picture's pixels whatever its size on the screen, so that the mask
 * fits to the pixel.
 */

import {$, setBlob} from './dom.js';

const COLOUR = '#ff2e93';

/**
 * Opens the board.
 *
 * @param {{blob: Blob, width: number, height: number}} picture
 * @param {Blob|null} mask one to go on with
 * @returns {Promise<Blob|null|undefined>} black and white PNG, white what may change; null if nothing is painted,
 *     undefined if given up
 */
export async function paintMask(picture, mask) {
  const canvas = $('paint-canvas');
  const dialog = $('paint');
  setBlob($('paint-picture'), picture.blob);
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.lineCap = 'round';
  context.lineJoin = 'round';
  if (mask) {
    await load(context, mask);
  }
  const undo = [];
  const spot = {x: picture.width / 2, y: picture.height / 2};
  const radius = () => Math.max(picture.width, picture.height) * $('brush').valueAsNumber / 200;
  const remember = () => {
    undo.push(context.getImageData(0, 0, canvas.width, canvas.height));
    // Each is a whole picture; a few are enough.
    if (undo.length > 8) {
      undo.shift();
    }
  };
  const line = (from, to) => {
    context.globalCompositeOperation = $('erase').checked ? 'destination-out' : 'source-over';
    context.strokeStyle = COLOUR;
    context.lineWidth = 2 * radius();
    context.beginPath();
    context.moveTo(from.x, from.y);
    // A line without length is not drawn, round caps or not; this one is too short to see and makes a dot.
    context.lineTo(to.x + 0.01, to.y);
    context.stroke();
  };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return {
      x: (event.clientX - box.left) * canvas.width / box.width,
      y: (event.clientY - box.top) * canvas.height / box.height,
    };
  };
  const cursor = (visible) => {
    const style = $('paint-cursor').style;
    $('paint-cursor').hidden = !visible;
    const scale = canvas.clientWidth / canvas.width;
    style.left = `${spot.x * scale}px`;
    style.top = `${spot.y * scale}px`;
    style.width = `${2 * radius() * scale}px`;
  };

  let drawing = false;
  canvas.onpointerdown = (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    remember();
    Object.assign(spot, point(event));
    line(spot, spot);
  };
  canvas.onpointermove = (event) => {
    // The browser bundles fast moves; all of them make a smooth line.
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length > 0 ? moves : [event]) {
      const next = point(move);
      if (drawing) {
        line(spot, next);
      }
      Object.assign(spot, next);
    }
    cursor(true);
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    drawing = false;
  };
  canvas.onpointerleave = () => cursor(document.activeElement === canvas);
  canvas.onfocus = () => cursor(true);
  canvas.onblur = () => cursor(false);
  canvas.onkeydown = (event) => {
    const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (event.key === ' ') {
      remember();
      line(spot, spot);
    } else if (move) {
      const before = {...spot};
      const length = Math.max(1, radius() / 2);
      spot.x = Math.min(canvas.width, Math.max(0, spot.x + move[0] * length));
      spot.y = Math.min(canvas.height, Math.max(0, spot.y + move[1] * length));
      if (event.shiftKey) {
        remember();
        line(before, spot);
      }
    } else {
      return;
    }
    event.preventDefault();
    cursor(true);
  };
  $('brush').oninput = () => cursor(true);
  $('erase').checked = false;
  $('paint-undo').onclick = () => {
    const last = undo.pop();
    if (last) {
      context.putImageData(last, 0, 0);
    }
  };
  $('paint-clear').onclick = () => {
    remember();
    context.clearRect(0, 0, canvas.width, canvas.height);
  };

  return new Promise((resolve) => {
    let use = false;
    $('paint-done').onclick = () => {
      use = true;
      dialog.close();
    };
    $('paint-cancel').onclick = () => dialog.close();
    dialog.onclose = () => resolve(use ? toMask(context) : undefined);
    dialog.showModal();
    canvas.focus();
  });
}

/** Light parts of a mask become paint. */
async function load(context, mask) {
  const {width, height} = context.canvas;
  const bitmap = await createImageBitmap(mask);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const image = context.getImageData(0, 0, width, height);
  const {data} = image;
  for (let i = 0; i < data.length; i += 4) {
    const light = data[i] + data[i + 1] + data[i + 2] >= 3 * 128;
    [data[i], data[i + 1], data[i + 2], data[i + 3]] = [255, 46, 147, light ? 255 : 0];
  }
  context.putImageData(image, 0, 0);
}

/** Paint becomes white on black; null if there is none, as a black mask would keep all. */
function toMask(context) {
  const {width, height} = context.canvas;
  const image = context.getImageData(0, 0, width, height);
  const {data} = image;
  let painted = false;
  for (let i = 0; i < data.length; i += 4) {
    const value = data[i + 3] > 127 ? 255 : 0;
    painted ||= value > 0;
    data[i] = data[i + 1] = data[i + 2] = value;
    data[i + 3] = 255;
  }
  if (!painted) {
    return null;
  }
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d').putImageData(image, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
