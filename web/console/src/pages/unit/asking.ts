// What the crew's page may ask about in a sheet.

import type { Job, Owed } from './next';

export type Asking =
  | { what: 'log_on' }
  | { what: 'log_off' }
  | { what: 'duty' }
  | { what: 'clear'; job: Job }
  | { what: 'unable'; job: Job }
  | { what: 'backup'; job: Job }
  | { what: 'note'; job: Job }
  | { what: 'feedback'; owed: Owed }
  | { what: 'on_view' }
  | { what: 'settings' };

export type Ask = (what: Asking) => void;
