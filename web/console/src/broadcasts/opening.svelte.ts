// The overlay of broadcasts, whichever page it lies over: whether it is open, at which broadcast, and what is being written in it.

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
