// Position frames of the live feed, as the server encodes them: header, then columns, little-endian. Decoded into columns
// too, so that twenty thousand units make no garbage.

export const PROGRESS = [
  'available', 'busy', 'break', 'out_of_service', 'off_duty', 'ordered', 'delivered', 'accepted', 'en_route',
  'on_scene', 'unable', 'expired',
] as const;
export const QUALITY = ['good', 'poor', 'lost', 'never', 'doubtful'] as const;
export type Progress = (typeof PROGRESS)[number];
export type Quality = (typeof QUALITY)[number];

const KIND_POSITIONS = 1;
const VERSION = 1;
const HEADER_BYTES = 16;
const ROW_BYTES = 18;
export const UNKNOWN_U16 = 65535;
export const UNKNOWN_U8 = 255;

/** Columns of equal length. lon, lat: 1e-7 degree; heading: 0.01 degree; age: 0.1 s, 65535 = older; speed m/s;
 * state: low nibble an index into PROGRESS, high nibble into QUALITY. */
export interface Positions {
  tickMs: number;
  count: number;
  handle: Uint32Array;
  lon: Int32Array;
  lat: Int32Array;
  heading: Uint16Array;
  age: Uint16Array;
  speed: Uint8Array;
  state: Uint8Array;
}

/** Views into `buffer`, which must not be changed afterwards. Throws when it is no frame of this version. */
export function decodePositions(buffer: ArrayBuffer): Positions {
  if (buffer.byteLength < HEADER_BYTES) throw new Error('no position frame');
  const head = new DataView(buffer);
  if (head.getUint8(0) !== KIND_POSITIONS || head.getUint8(1) !== VERSION) throw new Error('no position frame of this version');
  const count = head.getUint32(4, true);
  if (buffer.byteLength !== HEADER_BYTES + count * ROW_BYTES) throw new Error('a position frame of another length');
  let offset = HEADER_BYTES;
  const next = (bytes: number): number => {
    const start = offset;
    offset += count * bytes;
    return start;
  };
  return {
    tickMs: Number(head.getBigUint64(8, true)),
    count,
    handle: new Uint32Array(buffer, next(4), count),
    lon: new Int32Array(buffer, next(4), count),
    lat: new Int32Array(buffer, next(4), count),
    heading: new Uint16Array(buffer, next(2), count),
    age: new Uint16Array(buffer, next(2), count),
    speed: new Uint8Array(buffer, next(1), count),
    state: new Uint8Array(buffer, next(1), count),
  };
}
