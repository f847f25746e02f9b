// The journal of one incident, read to its end however long it grows: whole pages are kept, only what follows them is asked anew.

import type { Api } from './api';

const PAGE = 500;

interface Page<R> {
  items: R[];
  next: string | null;
}

export class Story<R> {
  private whole: R[] = [];
  private mark: string | null = null;
  private of = '';

  constructor(private readonly api: Pick<Api, 'get'>) {}

  /** Every row in journal order; null when another story was asked for meanwhile. family: ids of the incidents merged into it, whose
   * rows are among its own, so that with another family the story is another. */
  async read(id: string, family: readonly string[]): Promise<R[] | null> {
    const of = [id, ...family].join();
    if (of !== this.of) {
      this.of = of;
      this.whole = [];
      this.mark = null;
    }
    for (;;) {
      const { mark } = this;
      const page = await this.api.get<Page<R>>(`/incidents/${id}/timeline?limit=${PAGE}${mark === null ? '' : `&after=${mark}`}`);
      if (of !== this.of) return null;
      if (mark !== this.mark) continue; // read twice at once, and the other was quicker
      if (page.next === null) return [...this.whole, ...page.items];
      this.whole = [...this.whole, ...page.items];
      this.mark = page.next;
    }
  }
}
