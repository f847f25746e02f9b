// How a unit looks, told to the graphics card: shape and colour by state, full when its fix is fresh, hollow when it ages, grey
// when it is lost. The age is worked out here, so that units age without a byte being sent. A unit is one point: where a processor
// stands in for the graphics card, drawing thousands of instances costs twenty times as much.

import { PROGRESS, QUALITY } from '../../core/wire';
import type { Colour, Shape } from '../../look/shapes';
import { LOOK } from '../../look/shapes';

export const SOLID_S = 10;
export const HOLLOW_S = 60;
const SHAPE: Readonly<Partial<Record<Shape, number>>> = { circle: 0, square: 1, triangle: 2, diamond: 3, half: 4, pause: 5, cross: 6, alert: 7 };
export const COLOURS: readonly Colour[] = ['ok', 'ordered', 'enroute', 'scene', 'lost', 'idle', 'crit'];

/** For each progress the number of its shape and of its colour, as a table in the shader. */
const table = (read: (state: string) => number): string => PROGRESS.map((state) => read(state)).join(', ');
const shapes = table((state) => SHAPE[LOOK[state]?.[0] ?? 'circle'] ?? 0);
const colours = table((state) => COLOURS.indexOf(LOOK[state]?.[1] ?? 'idle'));

export const VERTEX = `#version 300 es
precision highp float;
precision highp int;
layout(location = 0) in vec2 a_pos;
layout(location = 1) in float a_fixed;
layout(location = 2) in uint a_heading;
layout(location = 3) in uvec2 a_state;
uniform mat4 u_matrix;
uniform float u_now;
uniform float u_radius;
uniform float u_bearing;
uniform float u_ratio;
uniform bool u_off;
uniform vec3 u_colours[${COLOURS.length}];
flat out float v_reach;
flat out float v_radius;
flat out int v_shape;
flat out int v_flags;
flat out int v_how;
flat out float v_heading;
flat out vec3 v_colour;
uniform bool u_small;
const int SHAPES[${PROGRESS.length}] = int[](${shapes});
const int TINTS[${PROGRESS.length}] = int[](${colours});
void main() {
  int progress = min(int(a_state.x & 15u), ${PROGRESS.length - 1});
  int quality = int(a_state.x >> 4u);
  v_flags = int(a_state.y);
  bool off = progress == ${PROGRESS.indexOf('off_duty')};
  float age = u_now - a_fixed;
  bool lost = age > ${HOLLOW_S}.0 || quality == ${QUALITY.indexOf('lost')} || quality == ${QUALITY.indexOf('never')};
  // 0 solid, 1 hollow, 2 grey; +4: its place is in doubt
  v_how = (lost ? 2 : age > ${SOLID_S}.0 ? 1 : 0) + (quality == ${QUALITY.indexOf('doubtful')} ? 4 : 0);
  v_shape = SHAPES[progress];
  v_colour = lost ? u_colours[${COLOURS.indexOf('lost')}] : u_colours[TINTS[progress]];
  v_heading = (a_heading == 65535u || lost) ? -1.0 : radians(float(a_heading) / 100.0 - u_bearing);
  v_radius = u_radius * u_ratio * (off ? 0.55 : (v_flags != 0) ? 1.3 : 1.0);
  // No larger than what is drawn there: ring of a mark, tip of the arrow, dashes of a doubt, or the shape alone.
  v_reach = u_small ? v_radius + u_ratio : v_radius * (v_flags != 0 ? 2.5 : v_heading >= 0.0 ? 1.95 : v_how >= 4 ? 1.75 : 1.25) + 2.0 * u_ratio;
  gl_PointSize = 2.0 * v_reach;
  gl_Position = (off && !u_off && v_flags == 0) ? vec4(2.0, 2.0, 2.0, 1.0) : u_matrix * vec4(a_pos, 0.0, 1.0);
}`;

/** Where thousands stand together a unit is a few px: its colour, and whether it is hollow. */
export const SMALL = `#version 300 es
precision highp float;
precision highp int;
flat in float v_reach;
flat in float v_radius;
flat in int v_how;
flat in vec3 v_colour;
uniform vec3 u_edge;
uniform vec3 u_ground;
uniform float u_ratio;
out vec4 colour;
void main() {
  vec2 at = (gl_PointCoord * 2.0 - 1.0) * v_reach;
  float far = sqrt(dot(at, at)) - v_radius;
  float cover = clamp(1.0 - far / u_ratio, 0.0, 1.0);
  vec3 core = (v_how & 3) == 1 && far < -u_ratio ? u_ground : v_colour;
  colour = vec4(far > 0.0 ? u_edge : core, 1.0) * cover;
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
flat in float v_reach;
flat in float v_radius;
flat in int v_shape;
flat in int v_flags;
flat in int v_how;
flat in float v_heading;
flat in vec3 v_colour;
uniform vec3 u_edge;
uniform vec3 u_ground;
uniform vec3 u_text;
uniform vec3 u_accent;
uniform vec3 u_crit;
uniform vec3 u_doubt;
uniform float u_ratio;
uniform bool u_pulse;
out vec4 colour;
float box(vec2 p, vec2 half_size) {
  vec2 d = abs(p) - half_size;
  return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0);
}
// A triangle that points up, for r = 1.
float triangle(vec2 p) {
  p.y += 0.12;
  vec2 n = vec2(0.8839, -0.4677);
  return max(p.y - 0.88, dot(vec2(abs(p.x), p.y), n) - 0.5);
}
float shape(vec2 p) {
  if (v_shape == 1) return box(p, vec2(0.84));
  if (v_shape == 2) return triangle(p);
  if (v_shape == 3) return (abs(p.x) + abs(p.y) - 1.12) * 0.7071;
  if (v_shape == 4) return max(length(p) - 0.95, -max(p.x - 0.05, abs(length(p) - 0.72) - 0.02) * step(0.05, p.x));
  if (v_shape == 5) return box(vec2(abs(p.x) - 0.5, p.y), vec2(0.3, 0.9));
  if (v_shape == 6) { vec2 q = vec2(p.x + p.y, p.x - p.y) * 0.7071; return min(box(q, vec2(1.0, 0.3)), box(q, vec2(0.3, 1.0))); }
  if (v_shape == 7) return triangle(vec2(p.x, -p.y));
  return length(p) - 0.95;
}
void lay(inout vec4 under, vec3 ink, float cover) { under = vec4(ink * cover, cover) + under * (1.0 - cover); }
void main() {
  float line = u_ratio / v_radius;
  vec2 p = (gl_PointCoord * 2.0 - 1.0) * v_reach / v_radius;
  float d = shape(p);
  int how = v_how & 3;
  vec4 made = vec4(0.0);
  float far = length(p);
  if ((v_flags & 4) != 0) {
    float ring = u_pulse ? 2.1 : 1.85;
    lay(made, u_crit, (1.0 - smoothstep(0.0, line, far - ring)) * (u_pulse ? 0.42 : 0.2));
    lay(made, u_crit, 1.0 - smoothstep(line, line * 2.0, abs(far - ring)));
  }
  if ((v_flags & 2) != 0) lay(made, u_accent, 1.0 - smoothstep(line, line * 2.0, abs(far - 1.75)));
  if ((v_flags & 1) != 0) {
    lay(made, u_edge, 1.0 - smoothstep(line * 1.6, line * 2.6, abs(far - 1.5)));
    lay(made, u_text, 1.0 - smoothstep(line * 0.9, line * 1.9, abs(far - 1.5)));
  }
  if (v_heading >= 0.0) {
    vec2 ahead = vec2(sin(v_heading), -cos(v_heading));
    float along = dot(p, ahead);
    float across = abs(dot(p, vec2(-ahead.y, ahead.x)));
    float beak = max(across - (1.85 - along) * 0.62, 0.75 - along);
    lay(made, u_edge, 1.0 - smoothstep(line * 0.8, line * 1.8, beak));
    lay(made, v_colour, 1.0 - smoothstep(-line, 0.0, beak));
  }
  lay(made, u_edge, (1.0 - smoothstep(line * 1.2, line * 2.2, d)) * (how == 2 ? 0.6 : 1.0));
  float inside = 1.0 - smoothstep(-line * 0.5, line * 0.5, d);
  if (how == 1) {
    lay(made, u_ground, inside);
    lay(made, v_colour, inside * smoothstep(-line * 2.6, -line * 1.8, d));
  } else {
    lay(made, v_colour, inside * (how == 2 ? 0.72 : 1.0));
  }
  if ((v_how & 4) != 0) {
    float dash = step(0.5, fract(atan(p.y, p.x) * 1.2732));
    lay(made, u_doubt, dash * (1.0 - smoothstep(line * 0.8, line * 1.6, abs(far - 1.4))));
  }
  if (made.a < 0.004) discard;
  colour = made;
}`;
