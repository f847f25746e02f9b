// All units in two draw calls, who stands by and who is at work: a custom layer of the map. It draws when it is told to, once a tick,
// and else only when the map moves. Without a graphics card a crowd that stands by is drawn by us, pixel by pixel, and laid on; and a
// tick that nobody looks otherwise in asks for no picture.

import type { CustomLayerInterface, CustomRenderMethodInput, Map as GlMap } from 'maplibre-gl';
import { rgb, type Ink } from '../palette';
import { screenFor, type Screen } from '../pixels';
import { linked, shifted } from '../program';
import { BYTES, type Columns } from './columns';
import { Crowd } from './crowd';
import { COLOURS, FRAGMENT, SMALL, VERTEX } from './shader';

const UNIFORMS = [
  'u_matrix', 'u_now', 'u_radius', 'u_bearing', 'u_ratio', 'u_off', 'u_colours', 'u_edge', 'u_ground', 'u_text', 'u_accent', 'u_crit',
  'u_doubt', 'u_pulse', 'u_small',
] as const;
type Uniforms = Record<(typeof UNIFORMS)[number], WebGLUniformLocation | null>;
interface Pen {
  program: WebGLProgram;
  at: Uniforms;
}

interface Seen {
  map: GlMap;
  /** px */
  radius: number;
  matrix: Float32Array;
}

/** So long what was put together stands, ms; then it has aged. */
const AGED_MS = 2_000;
const CROWD = 800;
/** Who stands by is drawn without its shape when smaller than this, px: it could not be told anyway. */
const SHAPED = 3;

/** How large a unit is drawn, px: by how far one looks from, and smaller where thousands stand together. */
export function radiusAt(zoom: number, inView: number): number {
  const alone = Math.max(3, Math.min(8.5, 3 + (zoom - 9) * 1.1));
  return Math.max(2.2, alone * Math.min(1, (CROWD / Math.max(1, inView)) ** 0.35));
}

export class UnitsLayer implements CustomLayerInterface {
  readonly id = 'units';
  readonly type = 'custom';
  readonly renderingMode = '2d';
  offDuty = false;
  pulse = false;
  inView = 0;
  /** What the graphics card has is older than the columns. */
  stale = true;
  private map: GlMap | null = null;
  private pens: { full: Pen; small: Pen } | null = null;
  private array: WebGLVertexArrayObject | null = null;
  private rows: WebGLBuffer | null = null;
  private room = 0;
  /** Where there is no graphics card. */
  private screen: Screen | null = null;
  private readonly crowd = new Crowd();
  private crowdOf = '';
  private drawnLooks = -1;
  private matrix: ArrayLike<number> | null = null;

  constructor(private readonly columns: Columns, public ink: Ink) {}

  onAdd(map: GlMap, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.pens = { full: pen(gl, FRAGMENT), small: pen(gl, SMALL) };
    this.array = gl.createVertexArray();
    this.rows = gl.createBuffer();
    this.room = 0;
    this.stale = true;
    this.screen = screenFor(gl);
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.rows);
    for (let place = 0; place < 4; place += 1) gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, BYTES, 0);
    gl.vertexAttribPointer(1, 1, gl.FLOAT, false, BYTES, 8);
    gl.vertexAttribIPointer(2, 1, gl.UNSIGNED_SHORT, BYTES, 12);
    gl.vertexAttribIPointer(3, 2, gl.UNSIGNED_BYTE, BYTES, 14);
    gl.bindVertexArray(null);
  }

  onRemove(_map: GlMap, gl: WebGL2RenderingContext): void {
    gl.deleteVertexArray(this.array);
    gl.deleteBuffer(this.rows);
    for (const { program } of Object.values(this.pens ?? {})) gl.deleteProgram(program);
    this.screen?.remove();
    this.map = null;
  }

  render(gl: WebGL2RenderingContext, { defaultProjectionData }: CustomRenderMethodInput): void {
    const { columns, map, pens } = this;
    if (!columns.count) this.drawnLooks = -1;
    if (!map || !pens || !columns.count) return;
    this.matrix = defaultProjectionData.mainMatrix;
    const seen = this.seen(map, this.matrix);
    const plain = this.plain(seen);
    const full = columns.count - plain;
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.disable(gl.CULL_FACE);
    if (this.screen) this.lay(this.screen, seen, plain);
    gl.bindVertexArray(this.array);
    if (this.stale && (full || !this.screen)) this.upload(gl);
    if (plain && !this.screen) {
      this.tell(gl, pens.small, seen);
      gl.drawArrays(gl.POINTS, 0, plain);
    }
    if (full) {
      this.tell(gl, pens.full, seen);
      gl.drawArrays(gl.POINTS, plain, full);
    }
    gl.bindVertexArray(null);
  }

  /** Whether anybody looks otherwise than when the map was drawn last. A graphics card draws it again for nothing: there it is so always. */
  otherwise(): boolean {
    const { screen, map, matrix, columns } = this;
    if (!screen || !map || !matrix || !columns.count) return true;
    this.look(screen, this.seen(map, matrix));
    return this.crowd.looks !== this.drawnLooks;
  }

  private seen(map: GlMap, matrix: ArrayLike<number>): Seen {
    return { map, radius: radiusAt(map.getZoom(), this.inView), matrix: this.placed(map, matrix) };
  }

  /** How many, the first ones, are drawn without their shape. */
  private plain({ radius }: Seen): number {
    return radius < SHAPED ? this.columns.idle : 0;
  }

  /** See how everybody looks, unless nothing has changed since. */
  private look(screen: Screen, seen: Seen): void {
    const { columns, ink, offDuty, pulse } = this;
    const { map, radius, matrix } = seen;
    const nowMs = Date.now();
    const ratio = map.getPixelRatio();
    const { size } = screen;
    const of = [columns.packs, size.width, size.height, ...matrix, radius, ratio, offDuty, pulse, Math.floor((nowMs - columns.epochMs) / AGED_MS), ...Object.values(ink)].join();
    if (of === this.crowdOf) return;
    this.crowdOf = of;
    this.crowd.look(size, columns, { matrix, nowS: (nowMs - columns.epochMs) / 1000, radius, ratio, offDuty, pulse, plain: this.plain(seen), ink });
  }

  /** Who stands by, put together anew only where it looks otherwise than the last time. */
  private lay(screen: Screen, seen: Seen, plain: number): void {
    this.look(screen, seen);
    this.drawnLooks = this.crowd.looks;
    if (plain) screen.lay(String(this.crowd.discLooks), (pixels) => this.crowd.draw(pixels));
  }

  /** Where the columns' positions lie on the screen. */
  private placed(map: GlMap, matrix: ArrayLike<number>): Float32Array {
    const middle = map.getCenter().lng / 360 + 0.5;
    return shifted(matrix, this.columns.originX + Math.round(middle - this.columns.originX), this.columns.originY);
  }

  private upload(gl: WebGL2RenderingContext): void {
    const { columns } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.rows);
    if (this.room !== columns.buffer.byteLength) {
      gl.bufferData(gl.ARRAY_BUFFER, columns.buffer.byteLength, gl.DYNAMIC_DRAW);
      this.room = columns.buffer.byteLength;
    }
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, new Uint8Array(columns.buffer, 0, columns.count * BYTES));
    this.stale = false;
  }

  private tell(gl: WebGL2RenderingContext, { program, at }: Pen, { map, radius, matrix }: Seen): void {
    const { columns, ink } = this;
    gl.useProgram(program);
    gl.uniform1i(at.u_small, Number(program === this.pens!.small.program));
    gl.uniformMatrix4fv(at.u_matrix, false, matrix);
    gl.uniform1f(at.u_now, (Date.now() - columns.epochMs) / 1000);
    gl.uniform1f(at.u_radius, radius);
    gl.uniform1f(at.u_bearing, map.getBearing());
    gl.uniform1f(at.u_ratio, map.getPixelRatio());
    gl.uniform1i(at.u_off, Number(this.offDuty));
    gl.uniform1i(at.u_pulse, Number(this.pulse));
    gl.uniform3fv(at.u_colours, new Float32Array(COLOURS.flatMap((name) => rgb(ink[name]))));
    gl.uniform3fv(at.u_edge, rgb(ink['map-edge']));
    gl.uniform3fv(at.u_ground, rgb(ink['map-halo']));
    gl.uniform3fv(at.u_text, rgb(ink['map-text']));
    gl.uniform3fv(at.u_accent, rgb(ink.accent));
    gl.uniform3fv(at.u_crit, rgb(ink.crit));
    gl.uniform3fv(at.u_doubt, rgb(ink['scene-text']));
  }
}

function pen(gl: WebGL2RenderingContext, fragment: string): Pen {
  const program = linked(gl, VERTEX, fragment);
  return { program, at: Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)])) as Uniforms };
}
