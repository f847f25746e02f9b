// The pictures of the pins, drawn here in the colours of the theme.

import type { Map as GlMap } from 'maplibre-gl';
import { PIN_KINDS, pinName, SIZE, type PinKind } from './incidents';
import type { Ink } from './palette';
import { CSS_FAMILY } from './style';

const RATIO = 3;
const WIDE = SIZE + 14;
const TALL = SIZE * 1.36 + 8;

/** Give the map its pins, or those of another theme. */
export function drawPins(map: GlMap, ink: Ink): void {
  for (const priority of [1, 2, 3, 4]) {
    for (const kind of PIN_KINDS) {
      const name = pinName(priority, kind);
      const picture = drawn(ink, priority, kind);
      if (map.hasImage(name)) map.updateImage(name, picture);
      else map.addImage(name, picture, { pixelRatio: RATIO });
    }
  }
}

function drawn(ink: Ink, priority: number, kind: PinKind): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(WIDE * RATIO);
  canvas.height = Math.round(TALL * RATIO);
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.scale(RATIO, RATIO);
  const [x, radius] = [WIDE / 2, SIZE / 2];
  const y = TALL - 1 - SIZE * 0.86;
  const drop = (more: number): void => {
    pen.beginPath();
    pen.arc(x, y, radius + more, Math.PI * 0.82, Math.PI * 0.18);
    pen.lineTo(x, TALL - 1 + more * 0.6);
    pen.closePath();
  };
  if (kind === 'danger' || kind === 'surge') {
    drop(kind === 'danger' ? 4.5 : 3.5);
    pen.strokeStyle = kind === 'danger' ? ink.crit : ink.scene;
    pen.lineWidth = kind === 'danger' ? 2.5 : 1.8;
    pen.setLineDash(kind === 'surge' ? [4, 2.5] : []);
    pen.stroke();
    pen.setLineDash([]);
  }
  drop(0);
  pen.fillStyle = ink[`p${priority}` as 'p1'];
  pen.fill();
  pen.lineWidth = kind === 'waiting' ? 2 : 1.2;
  pen.strokeStyle = kind === 'waiting' ? ink['map-text'] : ink['map-edge'];
  pen.stroke();
  pen.fillStyle = priority === 1 ? ink['on-p1'] : ink['on-p'];
  pen.font = `700 14px ${CSS_FAMILY}, sans-serif`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(String(priority), x, y + 0.5);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
