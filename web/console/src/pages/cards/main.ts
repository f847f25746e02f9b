// The page of run cards 派警卡 begins here; it is read, so nothing sounds.

import { openSeat } from '../../seat/open';
import Cards from './Cards.svelte';

void openSeat(Cards, { quiet: true });
