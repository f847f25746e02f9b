// Which rows of a long list can be seen. Pure.

/** Where each row begins, px; one more than rows: the last is the whole height. */
export function topsOf<R>(rows: readonly R[], height: (row: R) => number, rem: number): Float64Array {
  const tops = new Float64Array(rows.length + 1);
  rows.forEach((row, n) => { tops[n + 1] = tops[n]! + Math.round(height(row) * rem); });
  return tops;
}

/** [first, last) of the rows that touch the window, with a few to spare on both sides. */
export function rangeOf(tops: Float64Array, from: number, height: number, spare = 4): [first: number, last: number] {
  const count = tops.length - 1;
  const first = Math.max(0, lower(tops, from) - 1 - spare);
  const last = Math.min(count, lower(tops, from + height) + spare);
  return [first, last];
}

/** The first index whose value is not below `value`. */
function lower(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
