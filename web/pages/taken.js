// Which places on the canvas are taken, so that one label never hides another.

const SQUARE_PX = 64;

/** Boxes of labels and pins that stand already, found by the squares they touch. */
export class Taken {
  constructor() {
    this.squares = new Map();
  }

  isFree(box) {
    for (const key of squaresOf(box)) {
      for (const other of this.squares.get(key) ?? []) {
        if (box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]) return false;
      }
    }
    return true;
  }

  take(box) {
    for (const key of squaresOf(box)) {
      if (!this.squares.has(key)) this.squares.set(key, []);
      this.squares.get(key).push(box);
    }
  }
}

function* squaresOf([left, top, right, bottom]) {
  for (let x = Math.floor(left / SQUARE_PX); x <= Math.floor(right / SQUARE_PX); x += 1) {
    for (let y = Math.floor(top / SQUARE_PX); y <= Math.floor(bottom / SQUARE_PX); y += 1) yield x * 10000 + y;
  }
}
