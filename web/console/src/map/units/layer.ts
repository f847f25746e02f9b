// All units in one draw call: a custom layer of the map. It draws when it is told to, once a tick, and else only when the map moves.

import type { CustomLayerInterface, CustomRenderMethodInput, Map as GlMap } from 'maplibre-gl';
import { rgb, type Ink } from '../palette';
import { BYTES, type Columns } from './columns';
import { COLOURS, FRAGMENT, VERTEX } from './shader';

const UNIFORMS = [
  'u_matrix', 'u_px', 'u_now', 'u_radius', 'u_bearing', 'u_ratio', 'u_off', 'u_colours', 'u_edge', 'u_ground', 'u_text', 'u_accent', 'u_crit',
  'u_doubt', 'u_pulse',
] as const;
type Uniforms = Record<(typeof UNIFORMS)[number], WebGLUniformLocation | null>;

const CROWD = 800;

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
  private program: WebGLProgram | null = null;
  private array: WebGLVertexArrayObject | null = null;
  private corners: WebGLBuffer | null = null;
  private rows: WebGLBuffer | null = null;
  private room = 0;
  private at: Uniforms | null = null;

  constructor(private readonly columns: Columns, public ink: Ink) {}

  onAdd(map: GlMap, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.program = linked(gl);
    this.at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(this.program!, name)])) as Uniforms;
    this.array = gl.createVertexArray();
    this.corners = gl.createBuffer();
    this.rows = gl.createBuffer();
    this.room = 0;
    this.stale = true;
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.corners);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.rows);
    for (let place = 1; place <= 4; place += 1) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribDivisor(place, 1);
    }
    gl.vertexAttribPointer(1, 2, gl.FLOAT, false, BYTES, 0);
    gl.vertexAttribPointer(2, 1, gl.FLOAT, false, BYTES, 8);
    gl.vertexAttribIPointer(3, 1, gl.UNSIGNED_SHORT, BYTES, 12);
    gl.vertexAttribIPointer(4, 2, gl.UNSIGNED_BYTE, BYTES, 14);
    gl.bindVertexArray(null);
  }

  onRemove(_map: GlMap, gl: WebGL2RenderingContext): void {
    gl.deleteVertexArray(this.array);
    gl.deleteBuffer(this.corners);
    gl.deleteBuffer(this.rows);
    gl.deleteProgram(this.program);
    this.map = null;
  }

  render(gl: WebGL2RenderingContext, { defaultProjectionData }: CustomRenderMethodInput): void {
    const { columns, map } = this;
    if (!map || !this.program || !columns.count) return;
    gl.useProgram(this.program);
    gl.bindVertexArray(this.array);
    if (this.stale) this.upload(gl);
    this.tell(gl, map, defaultProjectionData.mainMatrix);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.disable(gl.CULL_FACE);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, columns.count);
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

  private tell(gl: WebGL2RenderingContext, map: GlMap, matrix: ArrayLike<number>): void {
    const { at, columns, ink } = this;
    const middle = map.getCenter().lng / 360 + 0.5;
    const x = columns.originX + Math.round(middle - columns.originX);
    gl.uniformMatrix4fv(at!.u_matrix, false, shifted(matrix, x, columns.originY));
    gl.uniform2f(at!.u_px, 2 / gl.drawingBufferWidth, 2 / gl.drawingBufferHeight);
    gl.uniform1f(at!.u_now, (Date.now() - columns.epochMs) / 1000);
    gl.uniform1f(at!.u_radius, radiusAt(map.getZoom(), this.inView));
    gl.uniform1f(at!.u_bearing, map.getBearing());
    gl.uniform1f(at!.u_ratio, map.getPixelRatio());
    gl.uniform1i(at!.u_off, Number(this.offDuty));
    gl.uniform1i(at!.u_pulse, Number(this.pulse));
    gl.uniform3fv(at!.u_colours, new Float32Array(COLOURS.flatMap((name) => rgb(ink[name]))));
    gl.uniform3fv(at!.u_edge, rgb(ink['map-edge']));
    gl.uniform3fv(at!.u_ground, rgb(ink['map-halo']));
    gl.uniform3fv(at!.u_text, rgb(ink['map-text']));
    gl.uniform3fv(at!.u_accent, rgb(ink.accent));
    gl.uniform3fv(at!.u_crit, rgb(ink.crit));
    gl.uniform3fv(at!.u_doubt, rgb(ink['scene-text']));
  }
}

function linked(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(`The units cannot be drawn: ${gl.getProgramInfoLog(program) ?? ''}`);
  return program;
}
