// The page of rules 规则 begins here; it is read, so nothing sounds.

import { openSeat } from '../../seat/open';
import Rules from './Rules.svelte';

void openSeat(Rules, { quiet: true });
