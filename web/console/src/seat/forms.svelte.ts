// Forms as seats read them: what was filled in is shown by the version it was filled in by, read once each.

import type { Api } from '../core/api';
import type { FormSet } from '../core/forms';

export class FormBook {
  /** Grows with what is known. */
  known = $state(0);
  private readonly sets = new Map<number, FormSet | null>();

  constructor(private readonly api: Api) {}

  /** The forms of one version; null while they are being read, or when they cannot be. */
  of(version: number): FormSet | null {
    void this.known;
    if (!this.sets.has(version)) {
      this.sets.set(version, null);
      void this.read(version);
    }
    return this.sets.get(version) ?? null;
  }

  private async read(version: number): Promise<void> {
    try {
      this.sets.set(version, await this.api.get<FormSet>(`/forms?version=${version}`));
      this.known += 1;
    } catch {
      this.sets.delete(version); // asked again when it is looked at again
    }
  }
}
