// The page of plans 预案 begins here; it is read, so nothing sounds.

import { openSeat } from '../../seat/open';
import Plans from './Plans.svelte';

void openSeat(Plans, { quiet: true });
