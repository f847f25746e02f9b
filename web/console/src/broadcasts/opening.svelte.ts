// The overlay of broadcasts, whichever page it lies over: whether it is open, at which broadcast, and what is being written in it.

import type { Addressed } from '../core/types';
import { NOTHING_SKETCHED, type Sketched } from '../map/sketch';
import { outlineOf, type AreaDraft } from './areas';
import type { Drawing } from './drawing.svelte';

export type Kind = 'call' | 'lookout';

export class Opening {
  open = $state(false);
  /** The broadcast that is unfolded. */
  id: string | null = $state(null);
  /** A form is open, of this kind. */
  writing: Kind | null = $state(null);
  /** What the form begins with. */
  text = $state('');
  /** The broadcast that the form is an update of. */
  replaces: string | null = $state(null);
  /** It has stepped aside while a place is pointed out on the map. */
  pointing = $state(false);
  /** An area is being drawn on the map. */
  drawing: Drawing | null = $state.raw(null);
  /** The areas of the form, and whom it would reach now. */
  areas: readonly AreaDraft[] = $state.raw([]);
  reach: Addressed | null = $state.raw(null);

  /** What the map shows of it while the form has stepped aside. */
  readonly sketch: Sketched = $derived.by(() => {
    if (!this.pointing) return NOTHING_SKETCHED;
    const { drawing } = this;
    const half = drawing && !drawing.shape && drawing.corners.length === 2 ? [{ type: 'LineString' as const, coordinates: drawing.corners.map((spot) => [...spot]) }] : [];
    return { areas: [...this.areas.map(outlineOf), ...(drawing?.shape ? [drawing.shape] : half)], corners: drawing?.corners ?? [] };
  });
  readonly painted: ReadonlySet<string> = $derived(new Set(this.pointing ? (this.reach?.units ?? []) : []));

  show(id: string | null = null): void {
    if (id) this.id = id;
    this.open = true;
  }

  write(kind: Kind, text = '', replaces: string | null = null): void {
    this.writing = kind;
    this.text = text;
    this.replaces = replaces;
    this.open = true;
  }
}

export const opening = new Opening();
