// Keys of a form that is being written.

export interface Written {
  keep(): unknown;
  /** Throw away what was written. */
  shut(): unknown;
}

/** Ctrl+Enter keeps, Escape throws away; while an input method composes both are its own, such as Escape for a candidate. */
export function pressed(event: KeyboardEvent, { keep, shut }: Written): void {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === 'Enter' && event.ctrlKey) keep();
  else if (event.key === 'Escape') shut();
}
