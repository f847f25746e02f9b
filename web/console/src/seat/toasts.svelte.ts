// Short sentences at the edge of the page: what was refused, what was done and can be taken back for a few seconds.

const STAY_MS = 8_000;
const MOST = 4;
export const UNDO_MS = 6_000;

export interface Toast {
  id: number;
  kind: 'good' | 'bad' | 'plain';
  text: string;
  undo?: () => void;
}

export class Toasts {
  shown: Toast[] = $state([]);
  private count = 0;

  bad(text: string): void {
    this.show({ kind: 'bad', text }, STAY_MS);
  }

  good(text: string): void {
    this.show({ kind: 'good', text }, STAY_MS);
  }

  /** Said with a way back, which `takeBack` goes. */
  undoable(text: string, undo: () => void): void {
    this.show({ kind: 'good', text, undo }, UNDO_MS);
  }

  /** Undo the newest that can be; whether there was one. */
  takeBack(): boolean {
    const last = this.shown.findLast((toast) => toast.undo);
    if (!last?.undo) return false;
    this.close(last.id);
    last.undo();
    return true;
  }

  close(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }

  /** The oldest make room, but never one with a way back: that stands its whole time. */
  show(toast: Omit<Toast, 'id'>, stayMs = STAY_MS): void {
    const id = (this.count += 1);
    let over = this.shown.length + 1 - MOST;
    this.shown = [...this.shown.filter((one) => one.undo || (over -= 1) < 0), { id, ...toast }];
    setTimeout(() => this.close(id), stayMs);
  }
}
