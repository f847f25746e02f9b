// Position frames of the live feed, as units/wire.py encodes them: header, then columns, little-endian.

export const PROGRESS = [
  'available', 'busy', 'break', 'out_of_service', 'off_duty', 'ordered', 'delivered', 'accepted', 'en_route',
  'on_scene', 'unable', 'expired',
];
export const QUALITY = ['good', 'poor', 'lost', 'never', 'doubtful'];

const KIND_POSITIONS = 1;
const VERSION = 1;
const HEADER_BYTES = 16;
const ROW_BYTES = 18;
const UNKNOWN_U16 = 65535;
const UNKNOWN_U8 = 255;

/**
 * @param {ArrayBuffer} buffer
 * @returns {{tickMs: number, units: Array<{handle: number, lon: number, lat: number, heading: ?number, ageS: number,
 *   speed: ?number, progress: string, quality: string}>}} lon, lat degrees; heading degrees; speed m/s; ageS seconds,
 *   Infinity when older than the frame can say
 */
export function decodePositions(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEADER_BYTES || view.getUint8(0) !== KIND_POSITIONS || view.getUint8(1) !== VERSION) {
    throw new Error('no position frame of this version');
  }
  const count = view.getUint32(4, true);
  if (buffer.byteLength !== HEADER_BYTES + count * ROW_BYTES) throw new Error('a position frame of another length');
  let offset = HEADER_BYTES;
  const column = (bytes) => {
    const start = offset;
    offset += count * bytes;
    return start;
  };
  const [handle, lon, lat] = [column(4), column(4), column(4)];
  const [heading, age] = [column(2), column(2)];
  const [speed, state] = [column(1), column(1)];
  const units = new Array(count);
  for (let n = 0; n < count; n += 1) {
    const turn = view.getUint16(heading + 2 * n, true);
    const old = view.getUint16(age + 2 * n, true);
    const fast = view.getUint8(speed + n);
    const nibbles = view.getUint8(state + n);
    units[n] = {
      handle: view.getUint32(handle + 4 * n, true),
      lon: view.getInt32(lon + 4 * n, true) / 1e7,
      lat: view.getInt32(lat + 4 * n, true) / 1e7,
      heading: turn === UNKNOWN_U16 ? null : turn / 100,
      ageS: old === UNKNOWN_U16 ? Infinity : old / 10,
      speed: fast === UNKNOWN_U8 ? null : fast,
      progress: PROGRESS[nibbles & 15] ?? 'off_duty',
      quality: QUALITY[nibbles >> 4] ?? 'lost',
    };
  }
  return { tickMs: Number(view.getBigUint64(8, true)), units };
}
