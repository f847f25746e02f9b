// The page of planned events begins here.

import { openSeat } from '../../seat/open';
import Events from './Events.svelte';

void openSeat(Events);
