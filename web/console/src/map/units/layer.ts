// All units in two draw calls, who stands by and who is at work: a custom layer of the map. It draws when it is told to, once a tick,
// and else only when the map moves.

import type { CustomLayerInterface, CustomRenderMethodInput, Map as GlMap } from 'maplibre-gl';
import { rgb, type Ink } from '../palette';
import { BYTES, type Columns } from './columns';
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

const CROWD = 800;
/** Who stands by is drawn without its shape when smaller than this, px: it could not be told anyway. */
const SHAPED = 3;

/** How large a unit is drawn, px: by how far one looks from, and smaller where thousands stand together. */
export function radiusAt(zoom: number, inView: number): number {
  const alone = Math.max(3, Math.min(8.5, 3 + (zoom - 9) * 1.1));
  return Math.max(2.2, alone * Math.min(1, (CROWD / Math.max(1, inView)) ** 0.35));
}

/** M · translate(x, y, 0), column by column, in doubles; the single precision comes last. */
export function shifted(matrix: ArrayLike<number>, x: number, y: number): Float32Array {
  const made = Float32Array.from(matrix);
  for (let row = 0; row < 4; row += 1) made[12 + row] = matrix[row]! * x + matrix[4 + row]! * y + matrix[12 + row]!;
  return made;
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

  constructor(private readonly columns: Columns, public ink: Ink) {}

  onAdd(map: GlMap, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.pens = { full: pen(gl, FRAGMENT), small: pen(gl, SMALL) };
    this.array = gl.createVertexArray();
    this.rows = gl.createBuffer();
    this.room = 0;
    this.stale = true;
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
    this.map = null;
  }

  render(gl: WebGL2RenderingContext, { defaultProjectionData }: CustomRenderMethodInput): void {
    const { columns, map, pens } = this;
    if (!map || !pens || !columns.count) return;
    gl.bindVertexArray(this.array);
    if (this.stale) this.upload(gl);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.disable(gl.CULL_FACE);
    const radius = radiusAt(map.getZoom(), this.inView);
    const plain = radius < SHAPED ? columns.idle : 0;
    if (plain) {
      this.tell(gl, pens.small, { map, radius, matrix: defaultProjectionData.mainMatrix });
      gl.drawArrays(gl.POINTS, 0, plain);
    }
    this.tell(gl, pens.full, { map, radius, matrix: defaultProjectionData.mainMatrix });
    gl.drawArrays(gl.POINTS, plain, columns.count - plain);
    gl.bindVertexArray(null);
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

  private tell(gl: WebGL2RenderingContext, { program, at }: Pen, { map, radius, matrix }: { map: GlMap; radius: number; matrix: ArrayLike<number> }): void {
    const { columns, ink } = this;
    gl.useProgram(program);
    gl.uniform1i(at.u_small, Number(program === this.pens!.small.program));
    const middle = map.getCenter().lng / 360 + 0.5;
    const x = columns.originX + Math.round(middle - columns.originX);
    gl.uniformMatrix4fv(at.u_matrix, false, shifted(matrix, x, columns.originY));
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

export function linked(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(`What stands on the map cannot be drawn: ${gl.getProgramInfoLog(program) ?? ''}`);
  return program;
}
