// How what is drawn by our own hand reaches the graphics card: its program, and where it lies.

/** M · translate(x, y, 0), column by column, in doubles; the single precision comes last. */
export function shifted(matrix: ArrayLike<number>, x: number, y: number): Float32Array {
  const made = Float32Array.from(matrix);
  for (let row = 0; row < 4; row += 1) made[12 + row] = matrix[row]! * x + matrix[4 + row]! * y + matrix[12 + row]!;
  return made;
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
