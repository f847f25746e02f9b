// A sheet of pixels that the processor fills with discs, many thousands in a few milliseconds: where there is no graphics card the
// same discs as points cost fifty times as much. Pure but for `Screen`, which lays the sheet over the drawing.

import { linked } from './program';

/** Room around the sheet, so that a disc at its edge needs no cutting; none is larger than that. */
export const MARGIN = 48;
/** Into so many places a pixel is parted each way, as a power of two: a disc moves by no less. */
const BITS = 2;
export const PLACES = 1 << BITS;

/** Colour at `far` px from the middle: red, green, blue times alpha, and alpha, each from 0 to 1. */
export type Shade = (far: number) => readonly [red: number, green: number, blue: number, alpha: number];

/** Pixels of a disc: where, told from the one its middle lies in, and what; those that hide all below them first. */
interface Stamp {
  solid: number;
  where: Int32Array;
  what: Int32Array;
}

/** A disc, at each of the places within a pixel its middle can have. */
export type Disc = readonly Stamp[];

export class Pixels {
  width = 0;
  height = 0;
  /** px from one row to the next. */
  row = 0;
  words = new Int32Array(0);

  /** Empty, and so large. */
  clear(width: number, height: number): void {
    const words = (width + 2 * MARGIN) * (height + 2 * MARGIN);
    if (this.words.length === words && this.width === width) return void this.words.fill(0);
    [this.width, this.height, this.row] = [width, height, width + 2 * MARGIN];
    this.words = new Int32Array(words);
  }

  /** Whether any of a disc with its middle there lies on the sheet. */
  holds(x: number, y: number, wanted: number): boolean {
    const reach = Math.min(wanted, MARGIN / 2 - 1);
    return x >= -reach && y >= -reach && x < this.width + reach && y < this.height + reach;
  }

  /** Good for sheets of this width. */
  disc(reach: number, shade: Shade): Disc {
    const most = Math.min(MARGIN / 2, Math.ceil(reach));
    return Array.from({ length: PLACES * PLACES }, (_, place) => {
      const [x, y] = [((place % PLACES) + 0.5) / PLACES, (Math.floor(place / PLACES) + 0.5) / PLACES];
      const dots: [where: number, what: number][] = [];
      for (let dy = -most; dy <= most; dy += 1) {
        for (let dx = -most; dx <= most; dx += 1) {
          const what = word(shade(Math.hypot(dx + 0.5 - x, dy + 0.5 - y)));
          if (what >>> 24) dots.push([dy * this.row + dx, what]);
        }
      }
      dots.sort((a, b) => Number(b[1] >>> 24 === 255) - Number(a[1] >>> 24 === 255));
      return { solid: dots.filter((one) => one[1] >>> 24 === 255).length, where: Int32Array.from(dots, (one) => one[0]), what: Int32Array.from(dots, (one) => one[1]) };
    });
  }

  /** Lay a disc over what is there; x, y: whole places from the lower left corner, not beyond the margin. */
  stamp(disc: Disc, x: number, y: number): void {
    const { solid, where, what } = disc[(y & (PLACES - 1)) * PLACES + (x & (PLACES - 1))]!; // in plain words: this runs twenty thousand times a second
    const { words } = this;
    const at = ((y >> BITS) + MARGIN) * this.row + (x >> BITS) + MARGIN;
    for (let n = 0; n < solid; n += 1) words[at + where[n]!] = what[n]!;
    for (let n = solid; n < where.length; n += 1) {
      words[at + where[n]!] = over(what[n]!, words[at + where[n]!]!);
    }
  }
}

export interface Size {
  width: number;
  height: number;
}

/** From places of the map to px of a sheet. */
export interface Placing {
  xx: number; xy: number; x: number;
  yx: number; yy: number; y: number;
}

/** matrix: to the corners of the screen, each from -1 to 1; seen from straight above. */
export function placing(matrix: ArrayLike<number>, { width, height }: Size): Placing {
  const [wide, high] = [width / 2 / matrix[15]!, height / 2 / matrix[15]!];
  return {
    xx: matrix[0]! * wide, xy: matrix[4]! * wide, x: matrix[12]! * wide + width / 2,
    yx: matrix[1]! * high, yy: matrix[5]! * high, y: matrix[13]! * high + height / 2,
  };
}

const word = (shade: readonly number[]): number => {
  const [red, green, blue, alpha] = shade.map((one) => Math.round(Math.max(0, Math.min(1, one)) * 255));
  return (alpha! << 24) | (blue! << 16) | (green! << 8) | red!;
};

/** One colour over another, two of four parts at a time. */
function over(upper: number, lower: number): number {
  const left = 256 - (upper >>> 24);
  const even = (Math.imul(lower & 0xff00ff, left) >>> 8) & 0xff00ff;
  const odd = Math.imul((lower >>> 8) & 0xff00ff, left) & 0xff00ff00;
  return (upper + (even | odd)) | 0;
}

const VERTEX = `#version 300 es
void main() {
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D u_pixels;
out vec4 colour;
void main() {
  colour = texelFetch(u_pixels, ivec2(gl_FragCoord.xy) + ${MARGIN}, 0);
  if (colour.a == 0.0) discard;
}`;

/** A sheet of pixels over the whole drawing. */
export class Screen {
  private readonly pixels = new Pixels();
  private readonly program: WebGLProgram;
  private readonly array: WebGLVertexArrayObject | null;
  private readonly texture: WebGLTexture | null;
  private laid = '';
  private of = '';

  constructor(private readonly gl: WebGL2RenderingContext) {
    this.program = linked(gl, VERTEX, FRAGMENT);
    this.array = gl.createVertexArray();
    this.texture = gl.createTexture();
  }

  get size(): Size {
    return { width: this.gl.drawingBufferWidth, height: this.gl.drawingBufferHeight };
  }

  /** Lay it on. of: what it says; while that is the same it is not filled anew. */
  lay(of: string, fill: (pixels: Pixels) => void): void {
    const { pixels } = this;
    const { width, height } = this.size;
    const whole = `${width} ${height} ${of}`;
    if (whole !== this.of) {
      this.of = whole;
      pixels.clear(width, height);
      fill(pixels);
      this.put();
    }
    this.draw();
  }

  private put(): void {
    const { gl } = this;
    const { words, row, width, height } = this.pixels;
    const bytes = new Uint8Array(words.buffer);
    const high = height + 2 * MARGIN;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    const size = `${width} ${height}`;
    if (size === this.laid) return gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, row, high, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    this.laid = size;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, row, high, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }

  private draw(): void {
    const { gl } = this;
    gl.useProgram(this.program);
    gl.bindVertexArray(this.array);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.uniform1i(gl.getUniformLocation(this.program, 'u_pixels'), 0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.bindVertexArray(null);
  }

  remove(): void {
    this.gl.deleteTexture(this.texture);
    this.gl.deleteVertexArray(this.array);
    this.gl.deleteProgram(this.program);
  }
}

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** A sheet of pixels where a processor stands in for the graphics card; null where there is one, which draws points for nothing. */
export function screenFor(gl: WebGL2RenderingContext): Screen | null {
  const named = gl.getExtension('WEBGL_debug_renderer_info');
  return SOFTWARE.test(String(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER))) ? new Screen(gl) : null;
}
