// Incidents that are not worth a pin where hundreds lie in view: one point each, all in one draw call, so that a flood of reports
// does not make the map index them all anew. Without a graphics card they are drawn by us, pixel by pixel.

import type { CustomLayerInterface, CustomRenderMethodInput, Map as GlMap } from 'maplibre-gl';
import { mercatorX, mercatorY, shorter } from './mercator';
import { rgb, type Ink, type Rgb } from './palette';
import { PLACES, placing, screenFor, type Disc, type Pixels, type Screen, type Shade } from './pixels';
import { linked, shifted } from './program';

const UNIFORMS = ['u_matrix', 'u_radius', 'u_ratio', 'u_colours', 'u_edge'] as const;
const FLOATS = 3;
const RADIUS_PX = 4;

const VERTEX = `#version 300 es
precision highp float;
layout(location = 0) in vec2 a_pos;
layout(location = 1) in float a_priority;
uniform mat4 u_matrix;
uniform float u_radius;
uniform vec3 u_colours[4];
flat out vec3 v_colour;
void main() {
  v_colour = u_colours[clamp(int(a_priority) - 1, 0, 3)];
  gl_PointSize = 2.0 * u_radius;
  gl_Position = u_matrix * vec4(a_pos, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
flat in vec3 v_colour;
uniform float u_radius;
uniform float u_ratio;
uniform vec3 u_edge;
out vec4 colour;
void main() {
  float far = length(gl_PointCoord * 2.0 - 1.0) * u_radius;
  float cover = 1.0 - smoothstep(u_radius - u_ratio, u_radius, far);
  if (cover < 0.004) discard;
  vec3 ink = mix(v_colour, u_edge, smoothstep(u_radius - 2.0 * u_ratio, u_radius - u_ratio, far));
  colour = vec4(ink * cover, cover);
}`;

export interface Dot {
  lon: number;
  lat: number;
  priority: number;
}

export class Dots implements CustomLayerInterface {
  readonly type = 'custom';
  readonly renderingMode = '2d';
  private count = 0;
  private floats = new Float32Array(0);
  private origin: [x: number, y: number] = [0.5, 0.5];
  private stale = true;
  private shown = 0;
  /** Where there is no graphics card. */
  private screen: Screen | null = null;
  private discs: { of: string; made: readonly Disc[] } = { of: '', made: [] };
  private map: GlMap | null = null;
  private program: WebGLProgram | null = null;
  private array: WebGLVertexArrayObject | null = null;
  private rows: WebGLBuffer | null = null;
  private at: Record<string, WebGLUniformLocation | null> = {};

  constructor(readonly id: string, public ink: Ink) {}

  show(dots: readonly Dot[]): void {
    this.count = dots.length;
    const [first] = dots;
    if (first) this.origin = [mercatorX(first.lon), mercatorY(first.lat)];
    this.floats = Float32Array.from(dots.flatMap(({ lon, lat, priority }) => [shorter(mercatorX(lon) - this.origin[0]), mercatorY(lat) - this.origin[1], priority]));
    this.stale = true;
    this.shown += 1;
  }

  onAdd(map: GlMap, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.screen = screenFor(gl);
    this.program = linked(gl, VERTEX, FRAGMENT);
    this.at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(this.program!, name)]));
    this.array = gl.createVertexArray();
    this.rows = gl.createBuffer();
    this.stale = true;
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.rows);
    gl.enableVertexAttribArray(0);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, FLOATS * 4, 0);
    gl.vertexAttribPointer(1, 1, gl.FLOAT, false, FLOATS * 4, 8);
    gl.bindVertexArray(null);
  }

  onRemove(_map: GlMap, gl: WebGL2RenderingContext): void {
    gl.deleteVertexArray(this.array);
    gl.deleteBuffer(this.rows);
    gl.deleteProgram(this.program);
    this.screen?.remove();
    this.map = null;
  }

  render(gl: WebGL2RenderingContext, { defaultProjectionData }: CustomRenderMethodInput): void {
    const { map, at, ink } = this;
    if (!map || !this.count) return;
    const middle = map.getCenter().lng / 360 + 0.5;
    const ratio = map.getPixelRatio();
    const matrix = shifted(defaultProjectionData.mainMatrix, this.origin[0] + Math.round(middle - this.origin[0]), this.origin[1]);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.disable(gl.CULL_FACE);
    if (this.screen) return this.screen.lay([this.shown, ...matrix, ratio, ...Object.values(ink)].join(), (pixels) => this.stamp(pixels, matrix, ratio));
    gl.useProgram(this.program);
    gl.bindVertexArray(this.array);
    if (this.stale) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.rows);
      gl.bufferData(gl.ARRAY_BUFFER, this.floats, gl.DYNAMIC_DRAW);
      this.stale = false;
    }
    gl.uniformMatrix4fv(at['u_matrix']!, false, matrix);
    gl.uniform1f(at['u_radius']!, (RADIUS_PX + 1) * ratio);
    gl.uniform1f(at['u_ratio']!, ratio);
    gl.uniform3fv(at['u_colours']!, new Float32Array([ink.p1, ink.p2, ink.p3, ink.p4].flatMap((one) => rgb(one))));
    gl.uniform3fv(at['u_edge']!, rgb(ink['map-edge']));
    gl.drawArrays(gl.POINTS, 0, this.count);
    gl.bindVertexArray(null);
  }
  /** As the shaders do. */
  private stamp(pixels: Pixels, matrix: ArrayLike<number>, ratio: number): void {
    const { floats, ink } = this;
    const radius = (RADIUS_PX + 1) * ratio;
    const of = [pixels.row, ratio, ink.p1, ink.p2, ink.p3, ink.p4, ink['map-edge']].join();
    if (of !== this.discs.of) this.discs = { of, made: [ink.p1, ink.p2, ink.p3, ink.p4].map((one) => pixels.disc(radius, shadeOf(rgb(one), rgb(ink['map-edge']), ratio))) };
    const { made } = this.discs;
    const to = placing(matrix, pixels);
    for (let n = 0; n < this.count; n += 1) {
      const [east, south] = [floats[n * FLOATS]!, floats[n * FLOATS + 1]!];
      const [x, y] = [to.xx * east + to.xy * south + to.x, to.yx * east + to.yy * south + to.y];
      if (pixels.holds(x, y, radius)) pixels.stamp(made[Math.max(0, Math.min(3, floats[n * FLOATS + 2]! - 1))]!, Math.floor(x * PLACES), Math.floor(y * PLACES));
    }
  }
}

/** Of a dot with a rim. */
const shadeOf = (core: Rgb, edge: Rgb, ratio: number): Shade => (far) => {
  const radius = (RADIUS_PX + 1) * ratio;
  const cover = 1 - smoothstep(radius - ratio, radius, far);
  const rim = smoothstep(radius - 2 * ratio, radius - ratio, far);
  const [red, green, blue] = core.map((part, n) => (part + (edge[n]! - part) * rim) * cover);
  return [red!, green!, blue!, cover];
};

function smoothstep(from: number, to: number, at: number): number {
  const part = Math.max(0, Math.min(1, (at - from) / (to - from)));
  return part * part * (3 - 2 * part);
}
